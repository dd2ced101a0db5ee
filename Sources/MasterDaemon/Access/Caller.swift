import HTTPTypes

/// A request, as far as it tells who makes it and from where.
struct Caller: Sendable {
    let request: HTTPRequest
    /// The address of the client, without its port, as `TrustedProxies` finds it; `nil` if there is no network in between.
    var address: String?
    /// The address at which the request came in.
    var ownAddress: String?

    /// The text behind `Bearer`; `nil` without one.
    var bearer: Substring? {
        guard let field = request.headerFields[.authorization] else { return nil }
        let parts = field.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return parts[1]
    }

    /// The values of all cookies of a name. A server at another port of this host can have set one of them.
    func cookies(_ name: String) -> [Substring] {
        request.headerFields[values: .cookie].flatMap { $0.split(separator: ";") }.compactMap { pair in
            let text = pair.drop { $0 == " " }
            return text.hasPrefix("\(name)=") ? text.dropFirst(name.utf8.count + 1) : nil
        }
    }

    /// What a session that is started with this request can tell of the place.
    var place: Sessions.Place { Sessions.Place(address: address, agent: request.headerFields[.userAgent]) }

    var sendsCredentials: Bool {
        request.headerFields.contains(.authorization) || request.headerFields.contains(.cookie)
    }

    /// Whether a browser says that a page of another site asks, for anything but to show it as a page of its own (Fetch
    /// Metadata Request Headers, 2).
    var isFromPageOfOthers: Bool {
        guard let site = request.headerFields[.secFetchSite], site == "cross-site" || site == "same-site" else {
            return false
        }
        return request.headerFields[.secFetchMode] != "navigate"
            || request.headerFields[.secFetchDest].map { $0 != "document" } ?? false
    }

    var origin: String? { request.headerFields[.origin] }

    /// How the client calls the master: a name or address, and perhaps a port.
    var host: String? { request.authority }

    /// Whether the request asks for the live channel. Browsers let any page ask for it.
    var isUpgrade: Bool { request.headerFields[.secWebSocketKey] != nil }

    /// Whether the request asks for a change.
    var isChange: Bool { request.method != .get && request.method != .head && request.method != .options }
}
