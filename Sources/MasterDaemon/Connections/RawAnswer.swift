import Foundation
import HTTPTypes
import NIOCore
import NIOFoundationCompat

/// An answer of HTTP/1.1 as bytes, for what no route answers: the connection is closed after it.
enum RawAnswer {
    static func bytes(_ error: ServiceError) -> ByteBuffer {
        let status = error.code.status
        let body = body(error)
        var lines = [
            "HTTP/1.1 \(status.code) \(status.reasonPhrase)", "Content-Type: \(mediaType)",
            "Content-Length: \(body.readableBytes)", "Cache-Control: no-store", "Connection: close",
        ]
        if let seconds = error.retryAfter { lines.append("Retry-After: \(Int(seconds.rounded(.up)))") }
        var bytes = ByteBuffer(string: lines.joined(separator: "\r\n") + "\r\n\r\n")
        bytes.writeImmutableBuffer(body)
        return bytes
    }

    static let mediaType = "application/problem+json"

    static func body(_ error: ServiceError) -> ByteBuffer {
        var body = ByteBuffer(data: (try? JSONBody.encoded(Problem(error))) ?? Data())
        body.writeString("\n")
        return body
    }
}
