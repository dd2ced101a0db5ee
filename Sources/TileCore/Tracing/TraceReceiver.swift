/// An endpoint that receives spans.
public protocol TraceReceiver: Sendable {
    /// Posts JSON.
    /// - Returns: the answer's status, and its `Retry-After` in seconds.
    /// - Throws: if there is no answer within some seconds.
    func post(_ body: [UInt8], contentType: String) async throws -> (status: Int, retryAfter: Double?)
}
