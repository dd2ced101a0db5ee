import TileCore

/// Work on a thread pool for people who wait for it: so much at once, and so much that waits. The rest is refused, so
/// that a crowd gets quick answers instead of late ones.
struct LimitedWork: Sendable {
    private let disk: DiskPool
    private let places: AsyncSemaphore
    private let patience: Duration

    /// - Parameters:
    ///   - places: how much is done at once.
    ///   - maximumWaiting: how much may wait for a place.
    ///   - patience: for how long it may.
    init(disk: DiskPool, places: Int, maximumWaiting: Int, patience: Duration = .seconds(10)) {
        self.disk = disk
        self.places = AsyncSemaphore(places: places, maximumWaiting: maximumWaiting)
        self.patience = patience
    }

    /// - Throws: what `body` throws, or `ServiceError` with the code `busy` if it was not begun.
    func run<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        do {
            return try await places.withPlace(within: patience) { try await disk.run(body) }
        } catch is AsyncSemaphore.Refusal {
            throw ServiceError.busy
        }
    }
}
