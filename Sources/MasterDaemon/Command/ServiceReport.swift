import ServiceLifecycle
import TileCore

/// Reports the master's status to systemd: ready once it listens, then its address, its workers, and why jobs wait.
struct ServiceReport: Service {
    let manager: ServiceManager
    let views: ViewMaker
    /// Yields the master's address once it listens.
    let addresses: AsyncStream<String>

    func run() async throws {
        for await address in addresses.cancelOnGracefulShutdown() {
            manager.ready(await words(address))
            await cancelWhenGracefulShutdown {
                while (try? await Task.sleep(for: manager.interval)) != nil { manager.status(await words(address)) }
            }
            break
        }
        // If a service returns, the group ends the others.
        try? await gracefulShutdown()
        manager.stopping("ending")
    }

    private func words(_ address: String) async -> String {
        let online = views.fleet.onlineCount
        let fleet = "\(online) worker\(online == 1 ? "" : "s") online"
        return "serving at \(address), \(fleet)" + (await views.reasonNotReady().map { "; jobs wait: \($0)" } ?? "")
    }
}
