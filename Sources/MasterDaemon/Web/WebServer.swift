import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import TileCodecs
import TileCore
import Tracing

/// The HTTP server: the API, the live channel and the pages at one address.
struct WebServer: Sendable {
    /// The release, and a hash of its pages.
    static let version = "\(TileworkVersion.current)+\(WebAssets.embedded.fingerprint)"

    let host: String
    let port: Int
    let views: ViewMaker
    let feed: EventFeed
    let cluster: ClusterDescription
    let gate: Gate
    var metrics = MetricsSources()
    var tracer: any Tracer = NoOpTracer()
    /// A folder to read the pages from, instead of the binary.
    var webFolder: String?
    /// The certificate; `nil` without TLS.
    var tls: CertificateReloader?
    var limits = ConnectionLimits()
    var counter = ConnectionCounter(ConnectionLimits(), logger: Logger(label: "http"))
    let logger: Logger
    /// Called with the port when the server accepts requests.
    let whenRunning: @Sendable (Int) async -> Void

    func application() -> some ApplicationProtocol {
        let whenRunning = whenRunning
        return Application(
            router: router(),
            server: HTTPServerBuilder { [feed, gate, tls, limits, counter] responder in
                let http = HTTP1Channel(
                    responder: responder,
                    configuration: .init(additionalChannelHandlers: [RequestEventHandler()]))
                return ConnectionSetup(
                    live: LiveServerChannel(http: http, feed: feed, gate: gate, limits: limits),
                    http2: HTTP2Connection(http: http, limits: limits, counter: counter), tls: tls, counter: counter,
                    limits: limits)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "tilework/\(TileworkVersion.current)"),
            onServerRunning: { channel in await whenRunning(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    func router() -> Router<MasterContext> { routes().router }

    /// - Returns: the router, and the table of its routes.
    func routes() -> (router: Router<MasterContext>, table: RouteTable) {
        let router = Router(context: MasterContext.self, options: .autoGenerateHeadEndpoints)
        let table = RouteTable()
        router.add(middleware: RequestScope(tracer: tracer))
        router.add(middleware: RequestMetrics(registry: metrics.registry))
        if gate.isSecure { router.add(middleware: StrictTransport()) }
        router.add(middleware: SecurityHeadersMiddleware())
        router.add(middleware: ProblemMiddleware(routes: table))
        router.add(middleware: GateMiddleware(gate: gate, routes: table))
        let routes = GuardedRoutes(router, gate: gate, table: table)
        let api = routes.group("api/v1")
        let memory = AnswerMemory()
        let finder = JobFinder(service: views.service, policy: gate.policy)
        EventRoutes().add(to: api)
        let turns = ClientTurns(places: views.service.drawingPlaces)
        JobRoutes(views: views, finder: finder, memory: memory, turns: turns).add(to: api)
        RegionRoutes(service: views.service, finder: finder, memory: memory, turns: turns).add(to: api)
        ArchiveRoutes(service: views.service, policy: gate.policy).add(to: api)
        KeyRoutes(gate: gate, disk: views.service.disk, store: views.service.store).add(to: api)
        OwnSessionRoutes(gate: gate).add(to: api)
        let status = StatusRoutes(views: views, cluster: cluster, gate: gate)
        status.add(to: api)
        status.addProbes(to: routes)
        MetricsPage(sources: metrics, views: views).add(to: routes)
        WebPages(finder: finder, folder: webFolder).add(to: routes)
        let sessions = SessionRoutes(gate: gate, folder: webFolder)
        sessions.add(to: routes)
        IssuerRoutes(gate: gate, sessions: sessions).add(to: routes)
        DescriptionRoutes().add(to: routes)
        return (router, table)
    }
}
