import Foundation
import ServiceLifecycle
import TileCore

/// Decoded images that someone looks at, so that parts of them can be cut out in milliseconds.
///
/// Each lies in a file without a name: the kernel keeps in memory what is looked at, and the space is free again as
/// soon as the cache lets go, or the process ends.
actor ViewCache: Service {
    /// An image of a job that is in a file.
    enum Image: Hashable, Sendable { case source, result }

    struct Key: Hashable, Sendable {
        let job: JobID
        let image: Image
    }

    private struct Entry {
        let bytes: Int
        let canvas: Task<Canvas, any Error>
        var lastUse: ContinuousClock.Instant
    }

    /// What all together may take of the disk; the last one asked for is kept whatever its size.
    private let maximumBytes: Int
    /// How long an image is kept that nobody looks at.
    private let patience: Duration
    private let disk: DiskPool
    private let clock = ContinuousClock()
    /// Decoding takes a whole core; the jobs have the others.
    private let decoding = AsyncSemaphore(places: 1)
    private var entries: [Key: Entry] = [:]

    init(disk: DiskPool, maximumBytes: Int = 2 << 30, patience: Duration = .seconds(120)) {
        self.disk = disk
        self.maximumBytes = maximumBytes
        self.patience = patience
    }

    /// Lets go of what nobody looks at any more.
    func run() async throws {
        while (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: .seconds(5)) })) != nil {
            let now = clock.now
            entries = entries.filter { now - $0.value.lastUse < patience }
        }
        entries.removeAll()
    }

    /// The decoded image of the file at `path`; decodes it where it is not here.
    /// - Parameter scratch: where to make the canvas' file, in the data directory.
    func canvas(_ key: Key, size: PixelSize, format: PixelFormat, path: String, scratch: String) async throws -> Canvas
    {
        if entries[key] == nil {
            let task = Task { [disk, decoding] in
                try await decoding.withPlace {
                    try await disk.run {
                        try Canvas.decode(path, ImageHeader.read(path: path), scratch: scratch)
                    }
                }
            }
            let bytes = PixelBuffer.byteCount(size: size, format: format)
            entries[key] = Entry(bytes: bytes, canvas: task, lastUse: clock.now)
            makeRoom(keeping: key)
        }
        entries[key]?.lastUse = clock.now
        guard let task = entries[key]?.canvas else { throw CancellationError() }
        do {
            return try await task.value
        } catch {
            if entries[key]?.canvas == task { entries[key] = nil }
            throw error
        }
    }

    /// The job is gone.
    func forget(_ job: JobID) { entries = entries.filter { $0.key.job != job } }

    private func makeRoom(keeping kept: Key) {
        while entries.values.reduce(0, { $0 + $1.bytes }) > maximumBytes,
            let oldest = entries.filter({ $0.key != kept }).min(by: { $0.value.lastUse < $1.value.lastUse })
        {
            entries[oldest.key] = nil
        }
    }
}

extension Canvas {
    /// Decodes a file into a canvas without a name, which is gone with its last user or with the process.
    /// - Parameter scratch: where its file may be for a moment.
    static func decode(_ path: String, _ header: ImageHeader, scratch: String) throws(ImagingError) -> Canvas {
        let canvas = try Canvas.create(path: scratch, size: header.size, format: header.pixelFormat)
        canvas.unlink()
        try canvas.fill(from: OpenCVImageReader(path: path, header: header))
        return canvas
    }
}
