import Foundation
import ServiceLifecycle

/// Ends when standard input ends. A master holds the other end of its local workers' input and never writes to it, so
/// these workers end whenever the master does.
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
