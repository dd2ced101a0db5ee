import Foundation
import Logging
import ServiceLifecycle
import Subprocess
import SystemPackage
import TileCore

/// The master's own workers: processes of `worker-main`, restarted when they crash. A worker that ends with status 0 was
/// drained or got a signal, and is not restarted before the master's next start.
///
/// The standard input of each is a pipe from the master. The pipe closes however the master ends, and then the worker ends
/// as well.
struct LocalWorkers: Service {
    let count: Int
    let executable: String
    /// The arguments, without the worker's id.
    let arguments: [String]
    let logger: Logger

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for number in 1...max(1, count) where number <= count {
                group.addTask { await keepAlive("worker-\(number)") }
            }
        }
        // If all local workers have ended, the master continues, because there may be others.
        try? await gracefulShutdown()
    }

    private func keepAlive(_ id: String) async {
        // A shutdown cancels the run, and its teardown ends the process: SIGTERM first, SIGKILL after three seconds.
        _ = try? await cancelWhenGracefulShutdown {
            var backOff = Backoff()
            while !Task.isCancelled {
                let start = ContinuousClock.now
                do {
                    let status = try await runOnce(id)
                    guard !Task.isCancelled else { return }
                    if status == .exited(0) {
                        logger.notice(
                            "local worker ended with status 0; not restarted before the master's next start",
                            metadata: [LogKey.worker: "\(id)"])
                        return
                    }
                    logger.warning("local worker ended: \(status)", metadata: [LogKey.worker: "\(id)"])
                } catch {
                    guard !Task.isCancelled else { return }
                    logger.error(
                        "local worker cannot be started",
                        metadata: [LogKey.worker: "\(id)", LogKey.reason: "\(error)"])
                }
                let pause = backOff.pause(after: ContinuousClock.now - start)
                logger.info("local worker is restarted in \(pause)", metadata: [LogKey.worker: "\(id)"])
                try await Task.sleep(for: pause)
            }
        }
    }

    private func runOnce(_ id: String) async throws -> TerminationStatus {
        var options = PlatformOptions()
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(3))]
        // A separate process group keeps Ctrl-C from the worker; the master ends its workers in order.
        options.processGroupID = 0
        let (input, held) = try FileDescriptor.pipe(options: .closeOnExec)
        defer { try? held.close() }
        let result = try await Subprocess.run(
            .path(FilePath(executable)), arguments: Arguments([id] + arguments + ["--end-with-input"]),
            platformOptions: options, input: .fileDescriptor(input, closeAfterSpawningProcess: true),
            output: .currentStandardError, error: .currentStandardError)
        return result.terminationStatus
    }
}

/// How long to wait before a crashed process is restarted.
struct Backoff {
    private var next = Duration.milliseconds(200)

    /// The pause doubles with each crash, up to 30 s. It starts again at 0.2 s after a life of more than a minute.
    mutating func pause(after life: Duration) -> Duration {
        if life > .seconds(60) { next = .milliseconds(200) }
        defer { next = min(next * 2, .seconds(30)) }
        return next
    }
}
