/// Handles a body of a method that takes none. A small one is dropped, because some clients send one; a large one is
/// refused. Does no I/O.
struct UnwantedBody: Sendable {
    enum Verdict: Sendable, Hashable {
        /// Pass it on: the route may read the body.
        case pass
        case drop
        case refuse(ServiceError)
    }

    /// The largest body that is dropped.
    static let most = 64 << 10

    private var method = ""
    private var isWanted = true
    private var bytes = 0

    /// A request begins.
    /// - Parameter length: the value of `Content-Length`.
    /// - Returns: the error if the request is refused.
    mutating func head(_ method: String, length: String?) -> ServiceError? {
        self.method = method
        isWanted = method != "GET" && method != "HEAD"
        bytes = 0
        // A number that does not fit an `Int` is too large.
        guard !isWanted, let length, Int(length) ?? .max > Self.most else { return nil }
        return refusal
    }

    /// Bytes of the body have arrived.
    mutating func part(_ count: Int) -> Verdict {
        guard !isWanted else { return .pass }
        bytes += count
        return bytes > Self.most ? .refuse(refusal) : .drop
    }

    private var refusal: ServiceError {
        ServiceError(.tooManyBytes, "\(method) takes no body; this one has more than \(Self.most) bytes")
    }
}
