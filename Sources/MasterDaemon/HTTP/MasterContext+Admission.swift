import HTTPTypes
import Hummingbird
import NIOCore

extension MasterContext {
    /// Asks the gate to admit the request, and counts it by key. Keeps what is known about the client even if the
    /// request is refused.
    mutating func admit(_ request: Request, for need: Requirement, by gate: Gate) async throws(ServiceError) {
        principal = try await gate.identify(caller(request), for: need, look ?? gate.look())
        if let principal { client = client?.of(principal) }
        try client?.countRequestOfKey()
        try gate.check(principal, need)
    }

    /// Adds the client's remaining requests to an answer.
    func withLimits(_ response: Response) -> Response {
        guard let state = client?.state(.requests) else { return response }
        var response = response
        response.add(limits: [state])
        return response
    }

    /// The request, with a body that tells the connection when its reading begins.
    /// - Parameter hasLargeWindow: whether the body may have a large window.
    func announcing(_ request: Request, hasLargeWindow: Bool) -> Request {
        let length = hasLargeWindow ? request.headers[.contentLength].flatMap { Int($0) } : nil
        var request = request
        request.body = RequestBody(
            asyncSequence: AnnouncedBody(body: request.body) { [channel] in
                channel.triggerUserOutboundEvent(RequestEvent.bodyIsRead(length: length), promise: nil)
            })
        return request
    }
}
