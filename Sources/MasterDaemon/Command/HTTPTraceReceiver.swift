import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import TileCore

/// Sends traces to a collector over HTTP.
struct HTTPTraceReceiver: TraceReceiver {
    private static let timeout = TimeAmount.seconds(5)
    /// The longest response that is read, in bytes.
    private static let maximumResponse = 1 << 16

    let endpoint: URL

    func post(_ body: [UInt8], contentType: String) async throws -> (status: Int, retryAfter: Double?) {
        var request = HTTPClientRequest(url: endpoint.absoluteString)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: contentType)
        request.headers.add(name: "User-Agent", value: "tilework/\(TileworkVersion.current)")
        request.body = .bytes(ByteBuffer(bytes: body))
        // The shared client keeps the connection open between batches.
        let response = try await HTTPClient.shared.execute(request, timeout: Self.timeout)
        _ = try? await response.body.collect(upTo: Self.maximumResponse)
        return (Int(response.status.code), response.headers.first(name: "Retry-After").flatMap { Double($0) })
    }
}
