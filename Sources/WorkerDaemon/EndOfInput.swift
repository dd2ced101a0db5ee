import Foundation
import ServiceLifecycle

/// Ends when standard input does. A master holds the other end of its own workers' input and never writes to it, so
/// they end with the master however it ends.
struct EndOfInput: Service {
    func run() async throws {
        let (ends, continuation) = AsyncStream<Void>.makeStream()
        Thread.detachNewThread {
            while let data = try? FileHandle.standardInput.read(upToCount: 4096), !data.isEmpty {}
            continuation.finish()
        }
        for await _ in ends.cancelOnGracefulShutdown() {}
    }
}
