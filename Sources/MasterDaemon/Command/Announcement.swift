import ServiceLifecycle

/// Prints the master's address, and then that it is ready. A master with local workers is ready once the first of them
/// can take tiles. One without is ready at once.
struct Announcement: Service {
    let fleet: any Fleet
    /// Yields once, when the master listens.
    let welcome: AsyncStream<Welcome>

    func run() async throws {
        for await welcome in welcome.cancelOnGracefulShutdown() {
            guard welcome.localWorkers > 0 else { return welcome.print() }
            welcome.printFirstLine()
            await cancelWhenGracefulShutdown { await fleet.untilWorkersTakeTiles() }
            if !Task.isShuttingDownGracefully, !Task.isCancelled { welcome.print() }
            return
        }
    }
}
