import HTTPTypes
import Hummingbird
import NIOCore

extension MasterContext {
    /// Asks the gate whether the request is let in, and counts it for the key. What is known of the client by then is kept,
    /// even if it is refused.
    mutating func admit(_ request: Request, for need: Requirement, by gate: Gate) async throws(ServiceError) {
        principal = try await gate.identify(caller(request), for: need, look ?? gate.look())
        if let principal { client = client?.of(principal) }
        try client?.countRequestOfKey()
        try gate.check(principal, need)
    }

    /// An answer that tells the client how many requests it has left.
    func withLimits(_ response: Response) -> Response {
        guard let state = client?.state(.requests) else { return response }
        var response = response
        response.add(limits: [state])
        return response
    }

    /// The request, which tells its connection when its body is first read.
    /// - Parameter isFar: whether the body may be sent far ahead.
    func announcing(_ request: Request, isFar: Bool) -> Request {
        let length = isFar ? request.headers[.contentLength].flatMap { Int($0) } : nil
        var request = request
        request.body = RequestBody(
            asyncSequence: AnnouncedBody(body: request.body) { [channel] in
                channel.triggerUserOutboundEvent(RequestEvent.bodyIsRead(length: length), promise: nil)
            })
        return request
    }
}
