import Foundation
import Synchronization

/// A bar on a terminal, lines otherwise; on standard error, so that output can be redirected.
final class ProgressDisplay: Sendable {
    let isTerminal: Bool
    private let width = 30
    private let barIsShown = Mutex(false)

    init() { isTerminal = isatty(FileHandle.standardError.fileDescriptor) == 1 }

    func show(total: Int, remaining: Int, rate: Double) {
        guard total > 0 else { return }
        let done = total - remaining
        guard done > 0 || rate > 0 else { return show("waiting for the workers", filled: 0) }
        let left = rate > 0 ? ", \(Self.duration(Double(remaining) / rate)) left" : ""
        let text = "\(done)/\(total) tiles, \(Self.decimal(rate)) tiles/s\(left)"
        show(text, filled: done * width / total)
    }

    private func show(_ text: String, filled: Int) {
        guard isTerminal else { return write("\(text)\n") }
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        barIsShown.withLock { $0 = true }
        write("\r\u{1B}[K\(bar)  \(text)")
    }

    /// A line of its own, above the bar.
    func line(_ text: String) { write("\(clearing())\(text)\n") }

    /// The summary, in the bar's place.
    func finish(_ text: String) {
        write(clearing())
        FileHandle.standardOutput.write(Data("\(text)\n".utf8))
    }

    private func clearing() -> String {
        barIsShown.withLock { isShown in
            defer { isShown = false }
            return isShown ? "\r\u{1B}[K" : ""
        }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    /// One decimal.
    static func decimal(_ value: Double) -> String { String(format: "%.1f", value) }

    static func duration(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded(.up))
        return whole < 60 ? "\(whole) s" : whole < 3600 ? "\(whole / 60) min \(whole % 60) s" : "\(whole / 3600) h"
    }
}
