/// Watches whether the client of an HTTP/1.1 connection sends its requests in time, one after the other. Does no I/O;
/// times are given in seconds.
struct RequestWatch: Sendable {
    enum Verdict: Sendable, Hashable {
        case fine
        /// Close the connection without an answer: no request was begun, and no answer is due.
        case close
        /// Answer with the error, then close the connection.
        case tell(ServiceError)
    }

    private enum Reading: Sendable, Hashable {
        /// No request was begun: at the start, or between two requests.
        case nothing(since: Double)
        /// A request has begun, and its header is not complete.
        case header(since: Double)
        case body
    }

    private let limits: ConnectionLimits
    private var reading: Reading
    private var body: Pace
    /// Whether no header was complete yet.
    private var isFirst = true
    /// How many requests are not answered completely.
    private(set) var owed = 0
    /// Whether a part of the next answer was sent.
    private var hasAnswerBegun = false
    /// If a body still arrives after its answer: when the answer was complete, and how many bytes came since.
    private var lateSince: Double?
    private var lateBytes = 0
    /// Bytes of the current body, and bytes that frame its chunks.
    private var bodyBytes = 0
    private var framing = 0

    init(_ limits: ConnectionLimits, now: Double) {
        self.limits = limits
        reading = .nothing(since: now)
        body = Pace(minimumRate: limits.minimumBodyRate, window: limits.bodyWindow)
    }

    /// Whether the connection can be closed without interrupting a request or answer.
    var isQuiet: Bool { owed == 0 && reading != .body }

    var isBodyOpen: Bool { reading == .body }

    /// Whether the next request has not begun.
    var isBetweenRequests: Bool { if case .nothing = reading { true } else { false } }

    /// Whether the connection itself can answer with an error now: all earlier requests are answered, and the answer to
    /// the current one has not begun.
    var canTell: Bool { owed == (reading == .body ? 1 : 0) && !hasAnswerBegun }

    /// Bytes of any kind have arrived.
    mutating func received(_ bytes: Int, now: Double) {
        switch reading {
        // The time limit of the first header counts from the start of the connection, and not from its first byte.
        case .nothing(let since): reading = .header(since: isFirst ? since : now)
        case .header: break
        case .body:
            framing += bytes
            if lateSince != nil { lateBytes += bytes }
        }
    }

    mutating func head(now: Double) {
        isFirst = false
        owed += 1
        reading = .body
        (bodyBytes, framing) = (0, 0)
        body.reset()
        body.wait(now: now)
    }

    mutating func bodyPart(_ bytes: Int) {
        body.move(bytes)
        bodyBytes += bytes
        framing -= bytes
    }

    /// Whether the framing of chunks takes more bytes than any program needs. Limits of bodies do not count extensions
    /// of chunks (RFC 9112, 7.1.1).
    var hasTooMuchFraming: Bool { framing > limits.lateBytes + 16 * bodyBytes }

    /// Whether too many bytes of a body came after its answer.
    var isTooLate: Bool { lateBytes > limits.lateBytes }

    mutating func requestEnded(now: Double) {
        reading = .nothing(since: now)
        (lateSince, lateBytes) = (nil, 0)
    }

    /// The master waits for the client.
    mutating func waits(now: Double) { body.wait(now: now) }

    /// The master does not read at the moment.
    mutating func rests(now: Double) { body.rest(now: now) }

    mutating func answerBegan() { hasAnswerBegun = true }

    mutating func answerEnded(now: Double) {
        owed = max(0, owed - 1)
        hasAnswerBegun = false
        guard owed == 0 else { return }
        // While an answer was due, the time of the next request was not checked. So its time limit starts now.
        switch reading {
        case .nothing: reading = .nothing(since: now)
        case .header: reading = .header(since: now)
        case .body: lateSince = now
        }
    }

    mutating func check(now: Double) -> Verdict {
        switch reading {
        case .body:
            if let lateSince, now - lateSince >= limits.lateBody { return .close }
            guard body.isTooSlow(now: now) else { return .fine }
            return canTell ? .tell(.slowBody(limits)) : .close
        case _ where owed > 0: return .fine
        case .nothing(let since):
            return now - since >= (isFirst ? limits.header : limits.idle) ? .close : .fine
        case .header(let since):
            return now - since >= limits.header ? .tell(.slowHeader(limits)) : .fine
        }
    }
}

extension ServiceError {
    static func slowHeader(_ limits: ConnectionLimits) -> ServiceError {
        ServiceError(.tooSlow, "the header of a request has to be complete within \(Int(limits.header)) s")
    }

    static let looseFraming = ServiceError(
        .badRequest, "the chunks of the body have far more bytes around them than in them; send larger chunks")

    static func slowBody(_ limits: ConnectionLimits) -> ServiceError {
        ServiceError(
            .tooSlow,
            "the body came with less than \(Int(limits.minimumBodyRate)) bytes a second "
                + "over \(Int(limits.bodyWindow)) s")
    }
}
