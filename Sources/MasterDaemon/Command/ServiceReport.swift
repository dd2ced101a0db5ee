import ServiceLifecycle
import TileCore

/// Reports the master's status to systemd: ready once it listens, then its address, its workers, and why jobs wait.
struct ServiceReport: Service {
    let manager: ServiceManager
    let views: ViewMaker
    /// Yields the master's address once it listens.
    let places: AsyncStream<String>

    func run() async throws {
        for await place in places.cancelOnGracefulShutdown() {
            manager.ready(await words(place))
            await cancelWhenGracefulShutdown {
                while (try? await Task.sleep(for: manager.interval)) != nil { manager.status(await words(place)) }
            }
            break
        }
        // If a service returns, the group ends the others.
        try? await gracefulShutdown()
        manager.stopping("ending")
    }

    private func words(_ place: String) async -> String {
        let online = views.fleet.onlineCount
        let fleet = "\(online) worker\(online == 1 ? "" : "s") online"
        return "serving at \(place), \(fleet)" + (await views.reasonNotReady().map { "; jobs wait: \($0)" } ?? "")
    }
}
