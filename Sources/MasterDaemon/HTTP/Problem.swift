import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import TileCore

/// An error as `application/problem+json` (RFC 9457).
struct Problem: Encodable, Sendable {
    /// Stable: programs distinguish errors by it.
    let type: String
    let title: String
    let status: Int
    /// Text for the person who made the request.
    let detail: String
    /// The field of the request that is wrong, if the error is about a single one.
    let field: String?

    init(_ error: ServiceError) {
        type = "urn:tilework:problem:\(error.code.rawValue)"
        title = error.code.title
        status = error.code.status.code
        detail = error.detail
        field = error.field
    }
}

extension ServiceError.Code {
    /// The only place that maps errors to HTTP.
    var status: HTTPResponse.Status {
        switch self {
        case .badRequest: .badRequest
        case .notFound: .notFound
        case .unauthenticated: .unauthorized
        case .foreignOrigin, .forbidden: .forbidden
        case .unknownHost: .misdirectedRequest
        case .tooManyRequests: .tooManyRequests
        case .tooSlow: .requestTimeout
        case .targetTooLong: .uriTooLong
        case .headerTooLarge: .requestHeaderFieldsTooLarge
        case .upgradeRequired: .upgradeRequired
        case .methodNotAllowed: .methodNotAllowed
        case .wrongState: .conflict
        case .tooManyBytes: .contentTooLarge
        case .notAnImage, .unsupportedImage: .unsupportedMediaType
        case .tooSmall, .tooManyPixels, .damagedImage, .badTransforms, .formatCannotHold, .keyReused:
            .unprocessableContent
        case .rangeNotSatisfiable: .rangeNotSatisfiable
        case .queueFull, .notReady, .busy, .tooManyConnections: .serviceUnavailable
        case .diskFull: .init(code: 507, reasonPhrase: "Insufficient Storage")
        case .startup, .internalError: .internalServerError
        }
    }

    var title: String {
        switch self {
        case .badRequest: "The request cannot be read"
        case .notFound: "Not found"
        case .unauthenticated: "A key is needed"
        case .forbidden: "The role does not allow this"
        case .tooManyRequests: "Too many requests"
        case .tooManyConnections: "Too many connections"
        case .tooSlow: "The request came too slowly"
        case .targetTooLong: "The address is too long"
        case .headerTooLarge: "The header is too large"
        case .unknownHost: "Not a name of this master"
        case .foreignOrigin: "Not for pages of another origin"
        case .upgradeRequired: "A WebSocket is needed"
        case .methodNotAllowed: "Not a method of this resource"
        case .wrongState: "The state does not allow this"
        case .tooSmall: "The image is too small"
        case .tooManyPixels: "The image has too many pixels"
        case .tooManyBytes: "The upload is too large"
        case .notAnImage: "Not an image"
        case .damagedImage: "The image is damaged"
        case .unsupportedImage: "An image of a kind that is not supported"
        case .badTransforms: "The transforms cannot be applied"
        case .formatCannotHold: "The format cannot hold the result"
        case .keyReused: "The idempotency key was used for something else"
        case .rangeNotSatisfiable: "The range is outside the file"
        case .queueFull: "Too many jobs are unfinished"
        case .diskFull: "No space on the disk"
        case .notReady: "Not ready"
        case .busy: "Too much is asked for at once"
        case .startup, .internalError: "Internal error"
        }
    }
}

/// Turns errors of routes into problems.
struct ProblemMiddleware<Context: RequestContext>: RouterMiddleware {
    let routes: RouteTable

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as ServiceError {
            return .problem(error)
        } catch let error as HTTPError where error.status == .notFound {
            return notFound(request)
        } catch let error as HTTPError where error.status.kind == .clientError {
            return .problem(ServiceError(.badRequest, error.body ?? "the request cannot be read"))
        } catch {
            if let shortage = ServiceError(shortageIn: error) { return .problem(shortage) }
            // The client has disconnected, so nobody reads the answer. The error is not logged, because clients could
            // fill the log.
            if Self.isEndOfConnection(error) { return .problem(ServiceError(.badRequest, "the connection has ended")) }
            context.logger.error(
                "request failed", metadata: [LogKey.path: "\(request.uri.path)", LogKey.reason: "\(error)"])
            return .problem(ServiceError(.internalError, "the master could not do this; its log says why"))
        }
    }

    /// Whether the client disconnected before its request was complete.
    static func isEndOfConnection(_ error: any Error) -> Bool {
        if error is ChannelError || error is CancellationError { return true }
        return (error as? IOError).map { [ECONNRESET, EPIPE, ETIMEDOUT, ENOTCONN].contains($0.errnoCode) } ?? false
    }

    private func notFound(_ request: Request) -> Response {
        let methods = routes.methods(at: request.uri.path)
        guard !methods.isEmpty, !methods.contains(request.method.rawValue) else {
            return .problem(ServiceError(.notFound, "there is nothing at \(request.uri.path)"))
        }
        var response = Response.problem(
            ServiceError(
                .methodNotAllowed,
                "\(request.method.rawValue) is not a method of \(request.uri.path); it has \(methods.joined(separator: ", "))"
            ))
        response.headers[.allow] = methods.joined(separator: ", ")
        return response
    }
}

extension Response {
    static func problem(_ error: ServiceError) -> Response {
        var response = JSONBody.response(Problem(error), status: error.code.status)
        response.headers[.contentType] = "application/problem+json"
        if error.code == .upgradeRequired {
            response.headers[.upgrade] = "websocket"
            response.headers[.connection] = "upgrade"
            response.headers[.secWebSocketVersion] = "13"
        }
        if error.code == .unauthenticated { response.headers[.wwwAuthenticate] = "Bearer realm=\"Tilework\"" }
        if let seconds = error.retryAfter ?? (error.code.status == .serviceUnavailable ? 5 : nil) {
            response.headers[.retryAfter] = "\(Int(seconds.rounded(.up)))"
        }
        if let limit = error.exceeded { response.add(limits: [limit], retryAfter: error.retryAfter) }
        return response
    }
}

/// JSON in the API's form.
enum JSONBody {
    static func response(_ value: some Encodable, status: HTTPResponse.Status = .ok) -> Response {
        guard var data = try? encoded(value) else { return Response(status: .internalServerError) }
        // Ends the line, for terminals.
        data.append(UInt8(ascii: "\n"))
        var headers = HTTPFields()
        headers[.contentType] = "application/json"
        headers[.cacheControl] = "no-store"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    static func encoded(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        // JSON has neither infinite numbers nor NaN. None is expected; if one occurs, it becomes a text, and the rest
        // of the answer is not lost.
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(
                date.nearestMillisecond.formatted(
                    Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .gmt)))
        }
        return try encoder.encode(value)
    }
}
