/// The body of a request that has none by its method: a little is dropped, as some clients send it, and much is
/// refused. Does no I/O.
struct UnwantedBody: Sendable {
    enum Verdict: Sendable, Hashable {
        /// It is a body that a route may read.
        case pass
        case drop
        case refuse(ServiceError)
    }

    /// Bytes that are dropped without a word.
    static let most = 64 << 10

    private var method = ""
    private var isWanted = true
    private var bytes = 0

    /// A request begins.
    /// - Parameter length: of its body, if that was said.
    /// - Returns: why it is refused.
    mutating func head(_ method: String, length: String?) -> ServiceError? {
        self.method = method
        isWanted = method != "GET" && method != "HEAD"
        bytes = 0
        // A number that is none here is a larger one.
        guard !isWanted, let length, Int(length) ?? .max > Self.most else { return nil }
        return refusal
    }

    /// Bytes of the body came.
    mutating func part(_ count: Int) -> Verdict {
        guard !isWanted else { return .pass }
        bytes += count
        return bytes > Self.most ? .refuse(refusal) : .drop
    }

    private var refusal: ServiceError {
        ServiceError(.tooManyBytes, "\(method) takes no body; this one has more than \(Self.most) bytes")
    }
}
