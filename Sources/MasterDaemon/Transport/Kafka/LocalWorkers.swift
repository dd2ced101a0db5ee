import Foundation
import Logging
import ServiceLifecycle
import Subprocess
import SystemPackage
import TileCore

/// The master's own workers: processes of `worker-main` that are started again when they die. One that ends in order was
/// drained, or told to by a signal; it stays away until the master's next start.
///
/// Each holds the reading end of a pipe as its standard input, of which the master holds the other end: however the
/// master ends, they see the pipe close and end, too.
struct LocalWorkers: Service {
    let count: Int
    let executable: String
    /// Without the id.
    let arguments: [String]
    let logger: Logger

    func run() async throws {
        await withDiscardingTaskGroup { group in
            for number in 1...max(1, count) where number <= count {
                group.addTask { await keepAlive("worker-\(number)") }
            }
        }
        // The master goes on without them: there may be others.
        try? await gracefulShutdown()
    }

    private func keepAlive(_ id: String) async {
        // Shutdown cancels the run, and the teardown ends the process: a request first, force after three seconds.
        _ = try? await cancelWhenGracefulShutdown {
            var backOff = Backoff()
            while !Task.isCancelled {
                let start = ContinuousClock.now
                do {
                    let status = try await runOnce(id)
                    guard !Task.isCancelled else { return }
                    if status == .exited(0) {
                        logger.notice(
                            "a local worker ended in order; it comes again with the master's next start",
                            metadata: [LogKey.worker: "\(id)"])
                        return
                    }
                    logger.warning("a local worker ended: \(status)", metadata: [LogKey.worker: "\(id)"])
                } catch {
                    guard !Task.isCancelled else { return }
                    logger.error(
                        "a local worker cannot be started",
                        metadata: [LogKey.worker: "\(id)", LogKey.reason: "\(error)"])
                }
                let pause = backOff.pause(after: ContinuousClock.now - start)
                logger.info("starting it again in \(pause)", metadata: [LogKey.worker: "\(id)"])
                try await Task.sleep(for: pause)
            }
        }
    }

    private func runOnce(_ id: String) async throws -> TerminationStatus {
        var options = PlatformOptions()
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(3))]
        // Out of the terminal's reach: Ctrl-C goes to the master, which ends its workers in order.
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

/// How long to wait before a process that died is started again.
struct Backoff {
    private var next = Duration.milliseconds(200)

    /// Twice as long after each short life, at most 30 s; short again after a life of a minute.
    mutating func pause(after life: Duration) -> Duration {
        if life > .seconds(60) { next = .milliseconds(200) }
        defer { next = min(next * 2, .seconds(30)) }
        return next
    }
}
