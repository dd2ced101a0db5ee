import HTTPTypes
import Hummingbird
import NIOCore

/// What the master knows of a request while it is answered.
struct MasterContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection, or the stream of HTTP/2.
    let channel: any Channel
    /// The client's address, without a port: that of the connection until the entrance has looked at the request.
    var address: String?
    /// At which the connection came in.
    let ownAddress: String?
    /// Who asks; `nil` on routes that are open to anyone.
    var principal: Principal?
    /// What the client may use; by its address alone until it is known who it is.
    var client: ClientLimits?
    /// Set by `RequestScope`.
    var requestID: RequestID?
    /// The keys as they were when the request came.
    var look: Gate.Look?
    let auditNote = AuditNote()

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        address = source.channel.remoteAddress?.ipAddress.map(AddressBlock.plain)
        ownAddress = source.channel.localAddress?.ipAddress
    }

    func caller(_ request: Request) -> Caller {
        Caller(request: request.head, address: address, ownAddress: ownAddress)
    }

    /// Who asks, on a route that takes a role.
    func asker() throws(ServiceError) -> Principal {
        guard let principal else { throw ServiceError(.internalError, "the route has not asked who it is") }
        return principal
    }
}
