import ServiceLifecycle
import TileCore

/// Decoded images that users look at. Parts of them are cut out in milliseconds.
///
/// Each image is in a file without a name. The kernel keeps the used pages of the file in memory. The file's space is
/// freed as soon as the cache drops the image, or the process ends.
actor ViewCache: Service {
    struct Key: Hashable, Sendable {
        let job: JobID
        let image: JobImage
        /// Only these rows of the image; `nil` for all.
        var rows: Range<Int>?
    }

    /// An image file, or one of the images in it.
    struct Source: Hashable, Sendable {
        let path: String
        var page: Int?
        var part: Part?
    }

    /// Some rows of an image, decoded as a separate image.
    struct Part: Hashable, Sendable {
        let rows: Range<Int>
        /// The file with the index of the rows; `nil` for a format that needs none.
        let index: String?
        /// The size of these rows.
        let size: PixelSize
        let format: PixelFormat
    }

    /// Decodes an image, or rows of it, into a canvas. It may end early if it is cancelled.
    typealias Decoder = @Sendable (_ source: Source, _ isCancelled: @Sendable () -> Bool) throws -> Canvas

    private struct Entry {
        let number: Int
        let bytes: Int
        let canvas: Task<Canvas, any Error>
        /// Whether the canvas is decoded.
        var isReady = false
        /// The number of requests that wait for the canvas.
        var waiting = 0
        var lastUse: ContinuousClock.Instant
    }

    /// The disk space for all images together. The latest image is kept whatever its size.
    private let maximumBytes: Int
    /// How long an unused image is kept.
    private let keepTime: Duration
    private let disk: DiskPool
    private let decoder: Decoder
    private let clock = ContinuousClock()
    /// Decoding takes a whole core, and the other cores are for jobs.
    private let decoding = AsyncSemaphore(places: 1, maximumWaiting: 32)
    /// Rows are decoded quickly, so they do not wait for whole images.
    private let decodingRows = AsyncSemaphore(places: 2, maximumWaiting: 64)
    /// How long an image may wait for its turn to be decoded.
    private let decodingWaitLimit = Duration.seconds(30)
    private var entries: [Key: Entry] = [:]
    private var lastNumber = 0

    /// - Parameter folder: on the disk of the canvases.
    init(disk: DiskPool, folder: String, codecs: any ImageCodecs) {
        self.init(disk: disk, decoder: Self.decoder(codecs, in: folder))
    }

    private static func decoder(_ codecs: any ImageCodecs, in folder: String) -> Decoder {
        { source, isCancelled in
            guard let part = source.part else {
                return try codecs.decoded(source.path, page: source.page, in: folder, until: isCancelled)
            }
            let canvas = try Canvas.unnamed(in: folder, size: part.size, format: part.format)
            try codecs.readRows(
                part.rows, of: source.path, page: source.page, index: part.index, into: canvas, until: isCancelled)
            return canvas
        }
    }

    init(
        disk: DiskPool, maximumBytes: Int = 2 << 30, keepTime: Duration = .seconds(120),
        decoder: @escaping Decoder
    ) {
        self.disk = disk
        self.maximumBytes = maximumBytes
        self.keepTime = keepTime
        self.decoder = decoder
    }

    /// Drops unused images.
    func run() async throws {
        while (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: .seconds(5)) })) != nil {
            let now = clock.now
            remove { $0.value.waiting == 0 && now - $0.value.lastUse >= keepTime }
        }
        remove { _ in true }
    }

    /// The decoded image of `source`. Decodes it if it is not cached.
    /// - Throws: `ServiceError` with the code `busy` if too many others have to be decoded before it;
    ///   `CancellationError` if its job was removed meanwhile.
    func canvas(_ key: Key, size: PixelSize, format: PixelFormat, source: Source) async throws -> Canvas {
        let entry = entries[key] ?? add(key, bytes: PixelBuffer.byteCount(size: size, format: format), source: source)
        entries[key]?.waiting += 1
        entries[key]?.lastUse = clock.now
        evict(keeping: key)
        do {
            let canvas = try await entry.canvas.value
            if entries[key]?.number == entry.number {
                entries[key]?.waiting -= 1
                entries[key]?.isReady = true
            }
            // Other images may have been kept only because requests waited for them.
            evict(keeping: key)
            return canvas
        } catch {
            if entries[key]?.number == entry.number { entries[key] = nil }
            if error is AsyncSemaphore.Refusal { throw ServiceError.busy }
            throw error
        }
    }

    /// Whether an image is decoded, so that no request has to wait for it.
    func has(_ key: Key) -> Bool { entries[key]?.isReady == true }

    /// How many images are cached or being decoded.
    var count: Int { entries.count }

    /// Drops the images of a removed job.
    func forget(_ job: JobID) { remove { $0.key.job == job } }

    private func add(_ key: Key, bytes: Int, source: Source) -> Entry {
        let places = source.part == nil ? decoding : decodingRows
        let task = Task { [disk, decodingWaitLimit, decoder] in
            try await places.withPlace(within: decodingWaitLimit) {
                try await disk.runCancellable { flag in try decoder(source) { flag.isSet } }
            }
        }
        lastNumber += 1
        let entry = Entry(number: lastNumber, bytes: bytes, canvas: task, lastUse: clock.now)
        entries[key] = entry
        return entry
    }

    /// Removes images without waiting requests until the rest fits, the least recently used first.
    private func evict(keeping kept: Key) {
        while entries.values.reduce(0, { $0 + $1.bytes }) > maximumBytes,
            let oldest = entries.filter({ $0.key != kept && $0.value.waiting == 0 })
                .min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            remove { $0.key == oldest.key }
        }
    }

    /// Removes images. One that waits to be decoded, or is being decoded, is cancelled.
    private func remove(_ isGone: ((key: Key, value: Entry)) -> Bool) {
        for entry in entries where isGone(entry) {
            entry.value.canvas.cancel()
            entries[entry.key] = nil
        }
    }
}
