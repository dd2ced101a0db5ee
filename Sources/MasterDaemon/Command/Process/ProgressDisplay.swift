import Dispatch
import Foundation
import Synchronization
import SystemPackage

/// Shows progress on standard error, so that output can be redirected: a bar on a terminal, else a line now and then.
///
/// A reader such as less(1) may pause, and then a write blocks until the reader continues. So everything is written on
/// one queue, in the order of the calls, and callers wait without blocking a thread.
final class ProgressDisplay: Sendable {
    private let queue = DispatchQueue(label: "progress")
    private let isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1
    private let width = 24
    private let state = Mutex(State())

    private struct State {
        var barIsShown = false
        /// The latest line.
        var line = ""
        /// Whether an error of standard output was reported.
        var hasOutputFailed = false
    }

    /// The time between two updates.
    private var pause: Duration { isTerminal ? .milliseconds(100) : .seconds(5) }

    /// Shows the progress until the task is cancelled.
    func follow(_ progress: ProcessProgress) async {
        let start = ContinuousClock.now
        while (try? await Task.sleep(for: pause)) != nil {
            let now = progress.now
            guard now.knownTiles > 0 else { continue }
            await show(now.text(after: ContinuousClock.now - start), fraction: now.fraction)
        }
    }

    private func show(_ text: String, fraction: Double) async {
        await writing { [isTerminal, width] state in
            if isTerminal {
                state.barIsShown = true
                let filled = Int(fraction * Double(width))
                let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
                StandardStreams.error("\r\u{1B}[K\(bar) \(text)")
            } else if text != state.line {
                state.line = text
                StandardStreams.error("\(text)\n")
            }
        }
    }

    /// Writes a line on standard error, above the bar.
    func line(_ text: String) async {
        await writing { StandardStreams.error("\(Self.clearing(&$0))\(text)\n") }
    }

    /// Writes a line on standard output. The first error is reported on standard error.
    /// - Returns: whether it could be written.
    func output(_ text: String) async -> Bool {
        await writing { state in
            StandardStreams.error(Self.clearing(&state))
            do throws(Errno) {
                try StandardStreams.output("\(text)\n")
                return true
            } catch {
                if !state.hasOutputFailed { StandardStreams.error("cannot write to standard output: \(error)\n") }
                state.hasOutputFailed = true
                return false
            }
        }
    }

    private func writing<R: Sendable>(_ body: @escaping @Sendable (inout State) -> R) async -> R {
        await withCheckedContinuation { continuation in
            queue.async { [self] in continuation.resume(returning: state.withLock { body(&$0) }) }
        }
    }

    private static func clearing(_ state: inout State) -> String {
        defer { state.barIsShown = false }
        return state.barIsShown ? "\r\u{1B}[K" : ""
    }

    /// A number with one decimal.
    static func decimal(_ value: Double) -> String { String(format: "%.1f", value) }

    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        return switch whole {
        case ..<60: "\(whole) s"
        case ..<3600: "\(whole / 60) min \(whole % 60) s"
        default: "\(whole / 3600) h \(whole / 60 % 60) min"
        }
    }
}
