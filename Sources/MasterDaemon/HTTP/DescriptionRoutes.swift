import HTTPTypes
import Hummingbird
import NIOCore

/// `/openapi.yaml` and `/openapi.json`: the API's description.
struct DescriptionRoutes: Sendable {
    func add(to routes: GuardedRoutes) {
        routes.get("openapi.yaml", for: .viewer) { _, _ in
            Self.response(OpenAPIDocument.text, "application/yaml")
        }
        routes.get("openapi.json", for: .viewer) { _, _ in
            Self.response(try OpenAPIDocument.json.get(), "application/json")
        }
    }

    private static func response(_ text: String, _ mediaType: String) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = mediaType
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
