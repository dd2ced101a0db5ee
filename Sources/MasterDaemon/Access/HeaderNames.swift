import HTTPTypes

extension Optional where Wrapped == HTTPField.Name {
    /// For names that are known to be well-formed.
    var unwrapped: HTTPField.Name {
        guard let self else { preconditionFailure("a header name with characters that no header name has") }
        return self
    }
}

extension HTTPField.Name {
    /// The pass that a picture of something unfinished shows, from 1.
    static let tileworkPass = HTTPField.Name("Tilework-Pass").unwrapped
    /// What the file in a request is.
    static let tileworkImage = HTTPField.Name("Tilework-Image").unwrapped
    /// By which addresses a request came, as proxies say.
    static let forwardedFor = HTTPField.Name("X-Forwarded-For").unwrapped
    /// See `RequestID`.
    static let requestID = HTTPField.Name("X-Request-Id").unwrapped
    static let clearSiteData = HTTPField.Name("Clear-Site-Data").unwrapped
    /// What browsers say of the page that a request comes from.
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site").unwrapped
    static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode").unwrapped
    static let secFetchDest = HTTPField.Name("Sec-Fetch-Dest").unwrapped
    /// On whose pages an answer may be shown.
    static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy").unwrapped
}
