import Foundation
import NIOHTTP1
import TileCore

/// Sends spans to a collector over HTTP, with a new connection for each batch.
struct SmallTraceReceiver: TraceReceiver {
    let endpoint: URL
    let trust: MasterTrust

    func post(_ body: [UInt8], contentType: String) async throws -> (status: Int, retryAfter: Double?) {
        let answer = try await SmallRequest(url: endpoint, trust: trust, content: (contentType, body)).answer()
        return (answer.status, answer.headers.first(name: "Retry-After").flatMap { Double($0) })
    }
}
