import Foundation
import ServiceLifecycle

/// Ends the process if an orderly end takes too long: a codec in the middle of a huge image cannot be stopped. That
/// loses nothing, since everything is ready for an end at any moment, and the job goes on at the next start.
struct ExitLimit: Service {
    let seconds: Double
    /// Asked at the very end.
    let status: @Sendable () -> Int32

    func run() async throws {
        try await gracefulShutdown()
        let (seconds, status) = (seconds, status)
        Thread.detachNewThread {
            Thread.sleep(forTimeInterval: seconds)
            _exit(status())
        }
    }
}
