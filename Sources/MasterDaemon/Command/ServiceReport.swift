import ServiceLifecycle
import TileCore

/// Tells systemd how the master is: ready once it listens, then what it serves, and whether jobs have to wait.
struct ServiceReport: Service {
    let manager: ServiceManager
    let views: ViewMaker
    /// Where the master is reached, once it is.
    let places: AsyncStream<String>

    func run() async throws {
        for await place in places.cancelOnGracefulShutdown() {
            manager.ready(await words(place))
            await cancelWhenGracefulShutdown {
                while (try? await Task.sleep(for: manager.interval)) != nil { manager.status(await words(place)) }
            }
            break
        }
        // A service that returns would end the others.
        try? await gracefulShutdown()
        manager.stopping("ending")
    }

    private func words(_ place: String) async -> String {
        let online = views.fleet.onlineCount
        let fleet = "\(online) worker\(online == 1 ? "" : "s") online"
        return "serving at \(place), \(fleet)" + (await views.reasonNotReady().map { "; jobs wait: \($0)" } ?? "")
    }
}
