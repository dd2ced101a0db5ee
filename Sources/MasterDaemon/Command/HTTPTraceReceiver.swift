import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TileCore

/// A collector that is reached over HTTP.
struct HTTPTraceReceiver: TraceReceiver {
    private static let timeout = TimeAmount.seconds(5)
    /// The longest answer that is read, in bytes.
    private static let most = 1 << 16

    let endpoint: URL

    func post(_ body: [UInt8], contentType: String) async throws -> (status: Int, retryAfter: Double?) {
        var request = HTTPClientRequest(url: endpoint.absoluteString)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: contentType)
        request.headers.add(name: "User-Agent", value: "tilework/\(TileworkVersion.current)")
        request.body = .bytes(ByteBuffer(bytes: body))
        // The client that all of the process share keeps the connection.
        let response = try await HTTPClient.shared.execute(request, timeout: Self.timeout)
        _ = try? await response.body.collect(upTo: Self.most)
        return (Int(response.status.code), response.headers.first(name: "Retry-After").flatMap { Double($0) })
    }
}
