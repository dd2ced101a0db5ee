import HTTPTypes
import Hummingbird
import NIOCore

/// The master's state of one request.
struct MasterContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    /// The connection, or the HTTP/2 stream.
    let channel: any Channel
    /// The client's address, without a port. Until `GateMiddleware` has run, it is the address of the connection's
    /// peer.
    var address: String?
    /// The master's address at which the connection came in.
    let ownAddress: String?
    /// The caller; `nil` on routes that are open to anyone.
    var principal: Principal?
    /// The client's limits: by address only, until its key is known.
    var client: ClientLimits?
    /// Set by `RequestScope`.
    var requestID: RequestID?
    /// The keys when the request arrived.
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

    /// The caller, on a route that requires a role.
    func asker() throws(ServiceError) -> Principal {
        guard let principal else { throw ServiceError(.internalError, "the route does not know its caller") }
        return principal
    }
}
