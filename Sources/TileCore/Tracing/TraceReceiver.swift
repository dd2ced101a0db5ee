/// Where spans are sent.
public protocol TraceReceiver: Sendable {
    /// Posts JSON.
    /// - Returns: the status of the answer, and the seconds of its `Retry-After`.
    /// - Throws: if there is no answer within some seconds.
    func post(_ body: [UInt8], contentType: String) async throws -> (status: Int, retryAfter: Double?)
}
