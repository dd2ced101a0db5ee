import Foundation
import ServiceLifecycle

/// Ends the process if a graceful shutdown takes too long, because a codec that works on a huge image cannot be stopped.
/// Nothing is lost: a job survives a crash at any moment, and resumes at the next start.
struct ExitLimit: Service {
    let seconds: Double
    /// The exit status, evaluated just before the exit.
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
