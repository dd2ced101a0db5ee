import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import TileCore

/// The HTTP door: all routes on one address.
struct WebServer: Sendable {
    let host: String
    let port: Int
    let jobs: JobRoutes
    let status: StatusRoutes
    let pages: WebPages
    let logger: Logger
    /// Called with the port once requests are taken.
    let whenRunning: @Sendable (Int) async -> Void

    func application() -> some ApplicationProtocol {
        let maximumBytes = jobs.service.intake.limits.maximumBytes
        let whenRunning = whenRunning
        return Application(
            router: router(),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ContinueHandler(maximumBytes: maximumBytes)],
                    idleTimeout: .seconds(75))),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "tilework/\(TileworkVersion.current)"),
            onServerRunning: { channel in await whenRunning(channel.localAddress?.port ?? 0) },
            logger: logger)
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router(context: BasicRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: ProblemMiddleware())
        let api = router.group("api/v1")
        jobs.add(to: api)
        status.add(to: api)
        status.addProbes(to: router)
        pages.add(to: router)
        router.get("openapi.yaml") { _, _ in
            var headers = HTTPFields()
            headers[.contentType] = "application/yaml"
            return Response(
                status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: OpenAPIDocument.text)))
        }
        return router
    }
}
