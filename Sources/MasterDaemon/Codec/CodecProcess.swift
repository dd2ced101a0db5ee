import Foundation
import Logging
import TileCore

/// One codec process, as the master sees it. It does one request at a time, and is ended after any that it did not answer.
struct CodecProcess: Sendable {
    /// Why a request got no answer.
    struct Failure: Error {
        let reason: String
    }

    /// How often a request that is waited for is looked after.
    private static let pause: Int32 = 50
    /// For a process that was started to be ready.
    private static let patience = Duration.seconds(60)

    private let helper: HelperProcess
    private let logger: Logger
    private var isReady = false
    /// Requests that it has answered.
    private(set) var answers = 0

    /// - Parameter program: of the master.
    static func start(_ program: String, environment: [String], logger: Logger) throws(HelperError) -> CodecProcess {
        let helper = try HelperProcess.start(
            program, arguments: ["master-main", CodecServer.command], environment: environment)
        return CodecProcess(helper: helper, logger: logger)
    }

    private init(helper: HelperProcess, logger: Logger) {
        self.helper = helper
        self.logger = logger
    }

    var hasEnded: Bool { helper.hasEnded }

    /// Ends it, whatever it does.
    @discardableResult
    func end() -> HelperProcess.End { helper.end(log: log) }

    /// What it says for itself: libraries' messages are noise.
    private func log(_ line: String) {
        logger.debug("a codec process says", metadata: [LogKey.pid: "\(helper.pid)", LogKey.reason: "\(line)"])
    }

    /// Waits until it has shut itself in.
    /// - Throws: `Failure`, `CancellationError`; the process has to be ended then.
    mutating func waitUntilReady(_ isCancelled: () -> Bool) throws {
        guard !isReady else { return }
        var lines: [String] = []
        do {
            let answer = try receive(within: Self.patience, work: "start", isCancelled: isCancelled) {
                lines.append($0)
            }
            guard case .ready = answer else { throw Failure(reason: "a codec process began with something else") }
            isReady = true
        } catch let end as UnexpectedEnd {
            let word = lines.last ?? "without a word"
            throw Failure(reason: "a codec process ended at its start (\(end.cause)): \(word)")
        }
    }

    /// Does a request.
    /// - Parameters:
    ///   - isCancelled: asked often; once it is true, the answer is not waited for.
    ///   - progress: told how many rows are complete.
    /// - Throws: `Failure`, `CancellationError`; the process has to be ended then.
    mutating func perform(
        _ request: CodecRequest, _ files: [OwnedDescriptor], within limits: CodecLimits,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> CodecAnswer {
        let height = request.height
        var row = 0
        // A process that was taken over can ignore the signal at its limit.
        let end = (helper.cpuTime ?? .zero) + .seconds(limits.cpuSeconds + 5)
        // If it is gone, receiving says why.
        _ =
            try helper.limit(cpuSeconds: limits.cpuSeconds, memory: limits.memory, file: limits.file)
            && helper.send(request.bytes, files)
        while true {
            let answer: CodecAnswer
            do {
                answer = try receive(
                    within: limits.patience, work: request.work, isCancelled: isCancelled, log: log)
                if let time = helper.cpuTime, time > end { throw UnexpectedEnd(cause: .signal(SIGXCPU)) }
            } catch let end as UnexpectedEnd {
                throw Failure(reason: end.reason(work: request.work, limits, row: height.map { _ in row }))
            }
            guard case .rows(let count) = answer, let height else {
                answers += 1
                return answer
            }
            row = min(max(row, count), height)
            progress(row)
        }
    }

    /// The next message.
    /// - Parameter patience: how long it may do nothing at all.
    private func receive(
        within patience: Duration, work: String, isCancelled: () -> Bool, log: (String) -> Void
    ) throws -> CodecAnswer {
        // A machine that sleeps is no fault of the process.
        let clock = SuspendingClock()
        var (lastTime, lastSign) = (helper.cpuTime, clock.now)
        while true {
            if isCancelled() { throw CancellationError() }
            switch helper.receive(within: Self.pause, log: log) {
            case .message(let message):
                guard let answer = try? OutsideJSON.decode(CodecAnswer.self, from: message.bytes) else {
                    throw Failure(reason: "the \(work) gave an answer that cannot be read")
                }
                return answer
            case .closed: throw UnexpectedEnd(cause: helper.end(log: log))
            case .nothing:
                guard clock.now - lastSign >= patience else { continue }
                let time = helper.cpuTime
                guard time != lastTime else {
                    throw Failure(reason: "the \(work) did nothing for \(patience.components.seconds) s")
                }
                (lastTime, lastSign) = (time, clock.now)
            }
        }
    }
}

/// A codec process ended in the middle of a request.
private struct UnexpectedEnd: Error {
    let cause: HelperProcess.End

    func reason(work: String, _ limits: CodecLimits, row: Int?) -> String {
        let place = row.map { "at row \($0)" } ?? "in the header"
        return switch cause {
        case .signal(SIGXCPU): "the \(work) used more than \(limits.cpuSeconds) s of processor time \(place)"
        case .signal(SIGSYS): "the \(work) ended by signal \(SIGSYS) \(place): it did what a codec must not do"
        case .signal(let signal): "the \(work) ended by signal \(signal) \(place)"
        case .exit(let status): "the \(work) ended with status \(status) \(place)"
        }
    }
}

extension CodecRequest {
    /// Who does it, in messages.
    fileprivate var work: String { if case .encode = self { "encoder" } else { "decoder" } }

    /// The rows of its image; `nil` for a header.
    fileprivate var height: Int? {
        switch self {
        case .decode(_, let size, _), .encode(_, let size, _): size.height
        default: nil
        }
    }
}
