import Foundation
import HTTPTypes
import NIOCore
import NIOFoundationCompat

/// An HTTP/1.1 answer as bytes, for errors that no route handles. The connection is closed after it.
enum RawAnswer {
    /// - Parameter requestID: the client's id of the request, if it sent one.
    static func bytes(_ error: ServiceError, requestID: String? = nil) -> ByteBuffer {
        let body = body(error)
        var bytes = header(error.code.status, fields(error, bytes: body.readableBytes, requestID: requestID))
        bytes.writeImmutableBuffer(body)
        return bytes
    }

    /// The header of an answer with `Connection: close`.
    static func header(
        _ status: HTTPResponse.Status, _ fields: HTTPFields, requestID: String? = nil
    ) -> ByteBuffer {
        var fields = fields
        SecurityHeaders.add(to: &fields)
        if fields[.requestID] == nil { fields[.requestID] = RequestID.of(requestID).text }
        fields[.connection] = "close"
        let lines = fields.map { "\($0.name.rawName): \($0.value)\r\n" }.joined()
        return ByteBuffer(string: "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n\(lines)\r\n")
    }

    static func fields(_ error: ServiceError, bytes: Int, requestID: String? = nil) -> HTTPFields {
        var fields: HTTPFields = [
            .contentType: "application/problem+json", .contentLength: "\(bytes)", .cacheControl: "no-store",
        ]
        if let seconds = error.retryAfter { fields[.retryAfter] = "\(Int(seconds.rounded(.up)))" }
        fields[.requestID] = RequestID.of(requestID).text
        SecurityHeaders.add(to: &fields)
        return fields
    }

    static func body(_ error: ServiceError) -> ByteBuffer {
        var body = ByteBuffer(data: (try? JSONBody.encoded(Problem(error))) ?? Data())
        body.writeString("\n")
        return body
    }
}
