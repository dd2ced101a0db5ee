import NIOCore
import TileCore

/// Requests for the same picture at the same time share one rendering. A picture of an unfinished job is kept for a moment, so
/// that many viewers cost as much as one.
actor PictureCache {
    /// What a picture shows, and how.
    enum Key: Hashable, Sendable {
        case sample
        case preview(JobID, side: Int)
        case sourceRegion(JobID, RegionQuery)
        case resultRegion(JobID, RegionQuery)
        /// A preview of the canvas that a pass is writing.
        case unfinishedPreview(JobID, pass: Int, side: Int)

        /// How long a picture is kept, given the time for making it; `nil` for no limit.
        fileprivate func lifetime(after duration: Duration) -> Duration? {
            switch self {
            case .sample: nil
            // Clients keep these themselves.
            case .preview, .sourceRegion, .resultRegion: .zero
            // Four times as long as it took to make. So a picture that is made in up to 2.5 s takes at most a fifth of a core.
            case .unfinishedPreview: min(max(duration * 4, .milliseconds(250)), .seconds(10))
            }
        }
    }

    private struct Entry {
        let number: Int
        let picture: Task<Picture, any Error>
        /// 0 until the picture is made.
        var bytes = 0
        var expiry: ContinuousClock.Instant?
    }

    /// The largest total size of kept pictures in bytes. The sample does not count.
    private let maximumBytes: Int
    private let now: @Sendable () -> ContinuousClock.Instant
    private var entries: [Key: Entry] = [:]
    private var lastNumber = 0

    init(maximumBytes: Int = 32 << 20, now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }) {
        self.maximumBytes = maximumBytes
        self.now = now
    }

    /// The picture of `key`. Calls `make` unless the picture is kept or being made. If `make` throws, all
    /// requests that wait for this picture get the error.
    func picture(_ key: Key, make: @escaping @Sendable () async throws -> Picture) async throws -> Picture {
        dropExpired()
        if let entry = entries[key] { return try await entry.picture.value }
        lastNumber += 1
        let (number, start) = (lastNumber, now())
        let task = Task { try await make() }
        entries[key] = Entry(number: number, picture: task)
        do {
            let picture = try await task.value
            keep(key, number, bytes: picture.file.readableBytes, after: now() - start)
            return picture
        } catch {
            if entries[key]?.number == number { entries[key] = nil }
            throw error
        }
    }

    private func keep(_ key: Key, _ number: Int, bytes: Int, after duration: Duration) {
        guard entries[key]?.number == number, let lifetime = key.lifetime(after: duration) else { return }
        entries[key]?.bytes = bytes
        entries[key]?.expiry = now() + lifetime
        dropExpired()
        var kept = entries.compactMap { entry in entry.value.expiry.map { (entry.key, entry.value.bytes, $0) } }
        kept.sort { $0.2 > $1.2 }
        while kept.reduce(0, { $0 + $1.1 }) > maximumBytes, let first = kept.popLast() { entries[first.0] = nil }
    }

    private func dropExpired() {
        let now = now()
        entries = entries.filter { $0.value.expiry.map { $0 > now } ?? true }
    }
}
