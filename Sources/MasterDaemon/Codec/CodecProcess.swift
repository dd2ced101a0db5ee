import Foundation
import Logging
import TileCodecs
import TileCore

/// The master's handle of one codec process. The process does one request at a time. A process that does not answer a
/// request is ended.
struct CodecProcess: Sendable {
    /// Why a request got no answer.
    struct Failure: Error {
        let reason: String
    }

    /// How often a process that works on a request is checked, in milliseconds.
    private static let pause: Int32 = 50
    /// The longest time until a started process is ready.
    private static let startLimit = Duration.seconds(60)

    private let helper: HelperProcess
    private let logger: Logger
    private var isReady = false
    /// How many requests the process has answered.
    private(set) var answers = 0

    /// - Parameter program: the path of the master's program.
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

    /// Ends the process, whatever it is doing.
    func end() { helper.end(log: log) }

    /// Logs a line of its standard error: noise of libraries, at debug.
    private func log(_ line: String) {
        logger.debug(
            "codec process wrote to standard error",
            metadata: [LogKey.pid: "\(helper.pid)", LogKey.reason: "\(line)"])
    }

    /// Waits until the process is in its sandbox.
    /// - Throws: `Failure`, `CancellationError`; the caller then has to end the process.
    mutating func waitUntilReady(_ isCancelled: () -> Bool) throws {
        guard !isReady else { return }
        var lines: [String] = []
        do {
            var idleTimer = CodecIdleTimer(Self.startLimit, cpuTime: helper.cpuTime)
            let answer = try receive(within: &idleTimer, work: "start", isCancelled: isCancelled) { lines.append($0) }
            guard case .ready = answer else { throw Failure(reason: "a codec process did not begin with 'ready'") }
            isReady = true
        } catch NoAnswer.ended(let cause) {
            let word = lines.last ?? "nothing on standard error"
            throw Failure(reason: "a codec process ended at its start (\(cause)): \(word)")
        } catch let failure as NoAnswer {
            throw Failure(reason: "a codec process was not ready: \(failure)")
        }
    }

    /// A request in progress.
    struct Work: Sendable {
        fileprivate let name: String
        /// The number of rows of the request's image; `nil` if the request reports no rows.
        fileprivate let height: Int?
        /// What a request that reports no rows works on, for messages: "in the header".
        fileprivate let part: String
        fileprivate let limits: CodecLimits
        /// The process's processor time when the request began.
        fileprivate let start: Duration
        /// The processor time at which the master ends the process. It is needed because a hijacked process can ignore
        /// the signal of its own limit.
        fileprivate let end: Duration
        /// How many rows are complete.
        fileprivate var row = 0
        fileprivate var idleTimer: CodecIdleTimer
        /// The total time of waiting for answers.
        fileprivate(set) var wall = Duration.zero
    }

    /// Begins a request. If the process has ended, `answer` throws the reason.
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
            idleTimer: CodecIdleTimer(limits.idleLimit, cpuTime: cpuTime))
    }

    /// Processor time used since the request began; `nil` if the process has ended.
    func cpuTime(of work: Work) -> Duration? { helper.cpuTime.map { $0 - work.start } }

    /// Tells the process that this many rows of the image are complete.
    func tell(rows: Int) throws { _ = try helper.send(CodecRequest.rows(rows).bytes, []) }

    /// Waits for an answer.
    /// - Parameters:
    ///   - row: the number of complete rows that counts as an answer; `nil` if rows are progress only.
    ///   - isCancelled: called often. The wait ends once it returns true.
    ///   - progress: called with the number of complete rows.
    /// - Throws: `Failure`, `CancellationError`; the caller then has to end the process.
    mutating func answer(
        to work: inout Work, reaching row: Int? = nil, until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> CodecAnswer {
        work.idleTimer.begin(cpuTime: helper.cpuTime)
        let clock = ContinuousClock()
        let start = clock.now
        defer { work.wall += clock.now - start }
        while true {
            let answer: CodecAnswer
            do {
                answer = try receive(
                    within: &work.idleTimer, upTo: work.end, work: work.name, isCancelled: isCancelled, log: log)
            } catch let failure as NoAnswer {
                throw Failure(reason: failure.reason(of: work))
            }
            guard case .rows(let count) = answer, let height = work.height else {
                answers += 1
                return answer
            }
            if min(count, height) > work.row {
                work.row = min(count, height)
                work.idleTimer.begin(cpuTime: helper.cpuTime)
            }
            progress(work.row)
            if let row, work.row >= row { return answer }
        }
    }

    /// Receives the next message.
    /// - Parameter end: the processor time at which the process is ended; `nil` for no limit.
    private func receive(
        within idleTimer: inout CodecIdleTimer, upTo end: Duration? = nil, work: String, isCancelled: () -> Bool,
        log: (String) -> Void
    ) throws -> CodecAnswer {
        while true {
            if isCancelled() { throw CancellationError() }
            let event = helper.receive(within: Self.pause, log: log)
            if case .closed = event { throw NoAnswer.ended(helper.end(log: log)) }
            let cpuTime = helper.cpuTime
            // Checked without a message, too, because a process can block the signal at its limit and loop silently.
            if let end, let cpuTime, cpuTime > end { throw NoAnswer.ended(.signal(SIGXCPU)) }
            if case .message(let message) = event {
                guard let answer = try? OutsideJSON.decode(CodecAnswer.self, from: message.bytes) else {
                    throw Failure(reason: "the \(work) gave an answer that cannot be read")
                }
                return answer
            }
            if idleTimer.isOver(cpuTime: cpuTime) { throw NoAnswer.idle(idleTimer.limit) }
        }
    }
}

/// Why a codec process gave no answer.
private enum NoAnswer: Error, CustomStringConvertible {
    case ended(HelperProcess.End)
    /// The process was idle for this long.
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
        case .ended(.signal(SIGSYS)): "the \(work.name) \(self) \(place): it made a forbidden system call"
        default: "the \(work.name) \(self) \(place)"
        }
    }
}

extension CodecRequest {
    /// The name of the process that does the request, for messages.
    fileprivate var work: String { if case .encode = self { "encoder" } else { "decoder" } }

    /// The number of rows of the request's image; `nil` if the request reports no rows.
    fileprivate var height: Int? {
        switch self {
        case .decode(_, let size, _, _, _), .encode(_, let size, _, _, _): size.height
        default: nil
        }
    }

    /// What the request works on, for messages.
    fileprivate var part: String {
        switch self {
        case .header: "in the header"
        case .overview: "in an overview"
        case .readRows(let rows, _, _, _, _, _): "in rows \(rows.lowerBound) to \(rows.upperBound - 1)"
        default: "in the image"
        }
    }
}
