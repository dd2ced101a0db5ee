import Logging
import ServiceLifecycle
import TileCore

/// Stores the times at which keys were last used, at intervals and on shutdown.
struct KeyUses: Service {
    let gate: Gate
    let disk: DiskPool
    let logger: Logger

    func run() async throws {
        while (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: .seconds(KeyStore.useInterval)) }))
            != nil
        {
            await write()
        }
        await write()
        await gate.audit.flush()
    }

    private func write() async {
        do {
            try await disk.run { try gate.keys.noteUses() }
        } catch {
            logger.warning("the last uses of keys cannot be written", metadata: [LogKey.reason: "\(error)"])
        }
    }
}
