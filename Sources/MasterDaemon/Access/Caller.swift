import HTTPTypes

/// The parts of a request that tell who makes it, and from where.
struct Caller: Sendable {
    let request: HTTPRequest
    /// The client's address without its port, as `TrustedProxies` finds it; `nil` without a network connection.
    var address: String?
    /// The master's address at which the request came in.
    var ownAddress: String?

    /// The token after `Bearer`; `nil` without one.
    var bearer: Substring? {
        guard let field = request.headerFields[.authorization] else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1]
    }

    /// The values of all cookies with this name. A server on another port of this host may have set one of them.
    func cookies(_ name: String) -> [Substring] {
        request.headerFields[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair in
            let text = pair.drop { $0 == " " }
            return text.hasPrefix("\(name)=") ? text.dropFirst(name.utf8.count + 1) : nil
        }
    }

    /// The address and the browser from which this request starts a session.
    var place: Sessions.Place { Sessions.Place(address: address, agent: request.headerFields[.userAgent]) }

    var sendsCredentials: Bool {
        request.headerFields.contains(.authorization) || request.headerFields.contains(.cookie)
    }

    /// Whether the browser says that a page of another site makes the request (Fetch Metadata Request Headers, 2).
    /// Following a link to one of the master's pages does not count.
    var isCrossSite: Bool {
        guard let site = request.headerFields[.secFetchSite], site == "cross-site" || site == "same-site" else {
            return false
        }
        return request.headerFields[.secFetchMode] != "navigate"
            || request.headerFields[.secFetchDest].map { $0 != "document" } ?? false
    }

    var origin: String? { request.headerFields[.origin] }

    /// The name or address by which the client calls the master, with the port if it gives one.
    var host: String? { request.authority }

    /// Whether the request asks for the live channel. Browsers let pages of any site open such a channel.
    var isUpgrade: Bool { request.headerFields[.secWebSocketKey] != nil }

    /// Whether the request's method can change something.
    var isChange: Bool { request.method != .get && request.method != .head && request.method != .options }
}
