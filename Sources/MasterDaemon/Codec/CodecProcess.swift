import Foundation
import Logging
import TileCodecs
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
    func end() { helper.end(log: log) }

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
            var patience = CodecPatience(Self.patience, cpuTime: helper.cpuTime)
            let answer = try receive(within: &patience, work: "start", isCancelled: isCancelled) { lines.append($0) }
            guard case .ready = answer else { throw Failure(reason: "a codec process began with something else") }
            isReady = true
        } catch NoAnswer.ended(let cause) {
            let word = lines.last ?? "without a word"
            throw Failure(reason: "a codec process ended at its start (\(cause)): \(word)")
        } catch let failure as NoAnswer {
            throw Failure(reason: "a codec process was not ready: \(failure)")
        }
    }

    /// A request that is under way.
    struct Work: Sendable {
        fileprivate let name: String
        /// The rows of its image; `nil` if it tells of none.
        fileprivate let height: Int?
        /// What it is about if it tells of no rows, as in "in the header".
        fileprivate let part: String
        fileprivate let limits: CodecLimits
        /// The process's processor time at the begin.
        fileprivate let start: Duration
        /// A process that was taken over can ignore the signal at its limit.
        fileprivate let end: Duration
        /// How many rows are complete.
        fileprivate var row = 0
        fileprivate var patience: CodecPatience
        /// How long answers were waited for.
        fileprivate(set) var wall = Duration.zero
    }

    /// Begins a request. If the process is gone, `answer` says why.
    mutating func begin(_ request: CodecRequest, _ files: [OwnedDescriptor], within limits: CodecLimits) throws -> Work
    {
        let cpuTime = helper.cpuTime
        let start = cpuTime ?? .zero
        _ =
            try helper.limit(cpuSeconds: limits.cpuSeconds, memory: limits.memory, file: limits.file)
            && helper.send(request.bytes, files)
        return Work(
            name: request.work, height: request.height, part: request.part, limits: limits, start: start,
            end: start + .seconds(limits.cpuSeconds + 5),
            patience: CodecPatience(limits.patience, cpuTime: cpuTime))
    }

    /// Processor time that it has used since the request began; `nil` if it has ended.
    func cpuTime(of work: Work) -> Duration? { helper.cpuTime.map { $0 - work.start } }

    /// Tells it that so many rows of its image are complete.
    func tell(rows: Int) throws { _ = try helper.send(CodecRequest.rows(rows).bytes, []) }

    /// Waits for an answer.
    /// - Parameters:
    ///   - row: an answer, too, is that so many rows are complete; `nil` if that is progress only.
    ///   - isCancelled: asked often; once it is true, the answer is not waited for.
    ///   - progress: told how many rows are complete.
    /// - Throws: `Failure`, `CancellationError`; the process has to be ended then.
    mutating func answer(
        to work: inout Work, reaching row: Int? = nil, until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> CodecAnswer {
        work.patience.begin(cpuTime: helper.cpuTime)
        let clock = ContinuousClock()
        let start = clock.now
        defer { work.wall += clock.now - start }
        while true {
            let answer: CodecAnswer
            do {
                answer = try receive(
                    within: &work.patience, upTo: work.end, work: work.name, isCancelled: isCancelled, log: log)
            } catch let failure as NoAnswer {
                throw Failure(reason: failure.reason(of: work))
            }
            guard case .rows(let count) = answer, let height = work.height else {
                answers += 1
                return answer
            }
            if min(count, height) > work.row {
                work.row = min(count, height)
                work.patience.begin(cpuTime: helper.cpuTime)
            }
            progress(work.row)
            if let row, work.row >= row { return answer }
        }
    }

    /// The next message.
    /// - Parameter end: the processor time at which the process has to be ended; `nil` for none.
    private func receive(
        within patience: inout CodecPatience, upTo end: Duration? = nil, work: String, isCancelled: () -> Bool,
        log: (String) -> Void
    ) throws -> CodecAnswer {
        while true {
            if isCancelled() { throw CancellationError() }
            let event = helper.receive(within: Self.pause, log: log)
            if case .closed = event { throw NoAnswer.ended(helper.end(log: log)) }
            let cpuTime = helper.cpuTime
            // Also while nothing is said: a process can block the signal at its limit, and loop in silence.
            if let end, let cpuTime, cpuTime > end { throw NoAnswer.ended(.signal(SIGXCPU)) }
            if case .message(let message) = event {
                guard let answer = try? OutsideJSON.decode(CodecAnswer.self, from: message.bytes) else {
                    throw Failure(reason: "the \(work) gave an answer that cannot be read")
                }
                return answer
            }
            if patience.isOver(cpuTime: cpuTime) { throw NoAnswer.idle(patience.limit) }
        }
    }
}

/// Why a codec process did not answer.
private enum NoAnswer: Error, CustomStringConvertible {
    case ended(HelperProcess.End)
    /// It did nothing for so long.
    case idle(Duration)

    var description: String {
        switch self {
        case .ended(.signal(let signal)): "ended by signal \(signal)"
        case .ended(.exit(let status)): "ended with status \(status)"
        case .idle(let time): "did nothing for \(time.components.seconds) s"
        }
    }

    func reason(of work: CodecProcess.Work) -> String {
        let place = work.height == nil ? work.part : "at row \(work.row)"
        return switch self {
        case .ended(.signal(SIGXCPU)):
            "the \(work.name) used more than \(work.limits.cpuSeconds) s of processor time \(place)"
        case .ended(.signal(SIGSYS)): "the \(work.name) \(self) \(place): it did what a codec must not do"
        default: "the \(work.name) \(self) \(place)"
        }
    }
}

extension CodecRequest {
    /// Who does it, in messages.
    fileprivate var work: String { if case .encode = self { "encoder" } else { "decoder" } }

    /// The rows of its image; `nil` if it tells of none.
    fileprivate var height: Int? {
        switch self {
        case .decode(_, let size, _, _, _), .encode(_, let size, _, _, _): size.height
        default: nil
        }
    }

    /// What it is about, in messages.
    fileprivate var part: String {
        switch self {
        case .header: "in the header"
        case .overview: "in an overview"
        case .readRows(let rows, _, _, _, _, _): "in rows \(rows.lowerBound) to \(rows.upperBound - 1)"
        default: "in the image"
        }
    }
}
