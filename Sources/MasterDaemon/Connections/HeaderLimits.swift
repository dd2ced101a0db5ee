import HTTPTypes

/// Limits of a request's header.
enum HeaderLimits {
    /// Bytes of one field, and of the request's target.
    static let field = 16 << 10
    /// Bytes of all fields together.
    static let list = 32 << 10
    static let fields = 100

    /// Checks the header of an HTTP/2 request. NIO already closes a connection whose header exceeds twice the limit, or
    /// 16 KiB before the client has confirmed the settings. The decoder of HTTP/1.1 has its own check.
    static func check(_ request: HTTPRequest) -> ServiceError? {
        if request.path?.utf8.count ?? 0 > field { return .targetTooLong }
        let sizes = request.headerFields.map { $0.name.rawName.utf8.count + $0.value.utf8.count }
        let isLarge = sizes.count > fields || sizes.contains { $0 > field } || sizes.reduce(0, +) > list
        return isLarge ? .headerTooLarge : nil
    }
}

extension ServiceError {
    static let targetTooLong = ServiceError(
        .targetTooLong, "the address in the request has more than \(HeaderLimits.field) bytes; send less in the query")

    static let headerTooLarge = ServiceError(
        .headerTooLarge, "the header of the request is too large or has too many fields")
}
