import Logging
import ServiceLifecycle
import TileCore

/// Writes down from time to time when keys were used last, and once more at the end.
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
