/// Whether a client is done with its request in time: on a connection of HTTP/1.1, where one request follows another. Does
/// no I/O; times are given in seconds.
struct RequestWatch: Sendable {
    enum Verdict: Sendable, Hashable {
        case fine
        /// Nothing came, and nothing is owed: the connection is closed without a word.
        case close
        /// The client is told why, then the connection is closed.
        case tell(ServiceError)
    }

    private enum Reading: Sendable, Hashable {
        /// No request, or the gap between two.
        case nothing(since: Double)
        /// The first bytes of a request are there.
        case header(since: Double)
        case body
    }

    private let limits: ConnectionLimits
    private var reading: Reading
    private var body: Pace
    /// No request was complete yet.
    private var isFirst = true
    /// Requests whose answers are not complete.
    private(set) var owed = 0
    /// Something of the next answer was sent.
    private var hasAnswerBegun = false
    /// Since when a body still comes whose answer was given, and how much of it.
    private var lateSince: Double?
    private var lateBytes = 0
    /// Bytes of the body under way, and those that frame its chunks.
    private var bodyBytes = 0
    private var framing = 0

    init(_ limits: ConnectionLimits, now: Double) {
        self.limits = limits
        reading = .nothing(since: now)
        body = Pace(slowest: limits.slowest, window: limits.bodyWindow)
    }

    /// Whether the connection can be closed without anybody missing something.
    var isQuiet: Bool { owed == 0 && reading != .body }

    var isBodyOpen: Bool { reading == .body }

    /// Nothing of the next request has come.
    var isBetweenRequests: Bool { if case .nothing = reading { true } else { false } }

    /// Whether an answer can be put on the connection that none of the routes made.
    var canTell: Bool { owed == (reading == .body ? 1 : 0) && !hasAnswerBegun }

    /// Bytes came, of whatever.
    mutating func received(_ bytes: Int, now: Double) {
        switch reading {
        case .nothing: reading = .header(since: now)
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

    /// Whether the chunks of a body are framed by more bytes than any program needs. Extensions of chunks (RFC 9112, 7.1.1)
    /// are part of no limit of bodies.
    var hasTooMuchFraming: Bool { framing > limits.lateBytes + 16 * bodyBytes }

    /// Whether of a body that nobody wants more came than is waited for.
    var isTooLate: Bool { lateBytes > limits.lateBytes }

    mutating func requestEnded(now: Double) {
        reading = .nothing(since: now)
        (lateSince, lateBytes) = (nil, 0)
    }

    /// The client is waited for.
    mutating func waits(now: Double) { body.wait(now: now) }

    /// It is not: the master does not read at the moment.
    mutating func rests(now: Double) { body.rest(now: now) }

    mutating func answerBegan() { hasAnswerBegun = true }

    mutating func answerEnded(now: Double) {
        owed = max(0, owed - 1)
        hasAnswerBegun = false
        guard owed == 0 else { return }
        // What came meanwhile was not looked at: the next request has its time from here.
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
            "the body came with less than \(Int(limits.slowest)) bytes a second over \(Int(limits.bodyWindow)) s")
    }
}
