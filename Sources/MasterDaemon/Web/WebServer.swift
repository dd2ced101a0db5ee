import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import TileCodecs
import TileCore

/// The door for browsers and programs: the API, the live channel and the pages on one address.
struct WebServer: Sendable {
    /// The release, and which pages it has.
    static let version = "\(TileworkVersion.current)+\(WebAssets.embedded.fingerprint)"

    let host: String
    let port: Int
    let views: ViewMaker
    let feed: EventFeed
    let cluster: ClusterDescription
    let origins: OriginRule
    /// A folder to read the pages from instead of the binary.
    var webFolder: String?
    let logger: Logger
    /// Called with the port once requests are taken.
    let whenRunning: @Sendable (Int) async -> Void

    func application() -> some ApplicationProtocol {
        let maximumBytes = views.service.intake.limits.maximumBytes
        let whenRunning = whenRunning
        return Application(
            router: router(),
            server: HTTPServerBuilder { [feed, origins] responder in
                LiveServerChannel(
                    http: HTTP1Channel(
                        responder: responder,
                        configuration: .init(
                            additionalChannelHandlers: [ContinueHandler(maximumBytes: maximumBytes)],
                            idleTimeout: .seconds(75))),
                    feed: feed, origins: origins)
            },
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "tilework/\(TileworkVersion.current)"),
            onServerRunning: { channel in await whenRunning(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        let routes = RouteTable()
        router.add(middleware: ProblemMiddleware(routes: routes))
        let api = router.group("api/v1").add(middleware: OriginMiddleware(rule: origins))
        EventRoutes(origins: origins).add(to: api)
        JobRoutes(views: views).add(to: api)
        RegionRoutes(service: views.service).add(to: api)
        let status = StatusRoutes(views: views, cluster: cluster)
        status.add(to: api)
        status.addProbes(to: router)
        WebPages(service: views.service, folder: webFolder).add(to: router)
        router.get("openapi.yaml") { _, _ in
            var headers = HTTPFields()
            headers[.contentType] = "application/yaml"
            return Response(
                status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: OpenAPIDocument.text)))
        }
        routes.fill(from: router)
        return router
    }
}
