/// Why a request cannot be done, in words for the user. HTTP and the command line show the same text.
struct ServiceError: Error, Sendable, Hashable, CustomStringConvertible {
    enum Code: String, Sendable, CaseIterable {
        /// The request cannot be read: a missing field, a parameter of the wrong form.
        case badRequest = "bad-request"
        case notFound = "not-found"
        /// The request has no credentials, or unknown ones.
        case unauthenticated = "unauthenticated"
        /// The client's role does not allow the request.
        case forbidden = "forbidden"
        /// More requests than are allowed.
        case tooManyRequests = "too-many-requests"
        /// More connections than are allowed.
        case tooManyConnections = "too-many-connections"
        /// The client did not send its request in time.
        case tooSlow = "too-slow"
        /// The address in the first line of the request is too long.
        case targetTooLong = "target-too-long"
        case headerTooLarge = "header-too-large"
        /// The request names a host that is not the master's.
        case unknownHost = "unknown-host"
        /// The request comes from a web page of another origin.
        case foreignOrigin = "foreign-origin"
        case upgradeRequired = "upgrade-required"
        case methodNotAllowed = "method-not-allowed"
        /// The state of the job or of the worker does not allow the request.
        case wrongState = "wrong-state"
        case tooSmall = "image-too-small"
        case tooManyPixels = "too-many-pixels"
        case tooManyBytes = "upload-too-large"
        case notAnImage = "not-an-image"
        case damagedImage = "damaged-image"
        case unsupportedImage = "unsupported-image"
        case badTransforms = "bad-transforms"
        /// The output format cannot hold the result.
        case formatCannotHold = "format-cannot-hold-result"
        case keyReused = "idempotency-key-reused"
        case rangeNotSatisfiable = "range-not-satisfiable"
        case queueFull = "queue-full"
        case diskFull = "disk-full"
        case notReady = "not-ready"
        /// Too many requests of this kind are under way.
        case busy = "busy"
        /// The master cannot start.
        case startup = "startup"
        case internalError = "internal-error"
    }

    let code: Code
    let detail: String
    /// The field of the request that is wrong, if it is a single one.
    let field: String?
    /// Seconds after which the same request may succeed, if that is known.
    let retryAfter: Double?
    /// The client's limit that the request would exceed.
    let exceeded: LimitState?

    init(
        _ code: Code, field: String? = nil, retryAfter: Double? = nil, exceeded: LimitState? = nil, _ detail: String
    ) {
        self.code = code
        self.field = field
        self.retryAfter = retryAfter
        self.exceeded = exceeded
        self.detail = detail
    }

    /// The disk of the data directory is full.
    /// - Parameter what: what could not be done because of that.
    static func diskFull(_ what: String? = nil) -> ServiceError {
        ServiceError(.diskFull, "the disk of the data directory is full" + (what.map { ": \($0)" } ?? ""))
    }

    /// Too many pictures are being made.
    static let busy = ServiceError(
        .busy, "more pictures are asked for than can be made at once; try again in some seconds")

    var description: String { detail }

    /// Whether the same request may succeed later, as after a full disk or a locked database.
    var isTransient: Bool { code == .diskFull || code == .notReady }
}
