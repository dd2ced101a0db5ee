import HTTPTypes

/// How large the header of a request may be.
enum HeaderLimits {
    /// Bytes of one field, and of the address in the first line.
    static let field = 16 << 10
    /// Bytes of all fields.
    static let list = 32 << 10
    static let fields = 100

    /// What is too large in the header of a request of HTTP/2; its library ends a connection with a larger one than
    /// twice the limit, or 16 KiB in the first requests, before the client has taken the settings. That of HTTP/1.1 is checked by its decoder.
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
