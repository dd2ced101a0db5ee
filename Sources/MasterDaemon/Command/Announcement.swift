import ServiceLifecycle

/// Tells a user where the master is, and then that it is ready: once the first of its own workers can take tiles, or at
/// once if it has none.
struct Announcement: Service {
    let fleet: any Fleet
    /// Where the master listens, once it does.
    let welcome: AsyncStream<Welcome>

    func run() async throws {
        for await welcome in welcome.cancelOnGracefulShutdown() {
            guard welcome.localWorkers > 0 else { return welcome.print() }
            welcome.printPlace()
            await cancelWhenGracefulShutdown { await fleet.untilWorkersTakeTiles() }
            if !Task.isShuttingDownGracefully, !Task.isCancelled { welcome.print() }
            return
        }
    }
}
