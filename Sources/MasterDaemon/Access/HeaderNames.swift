import HTTPTypes

extension Optional where Wrapped == HTTPField.Name {
    /// Use this only for literals that are valid names.
    var unwrapped: HTTPField.Name {
        guard let self else { preconditionFailure("not a valid header name") }
        return self
    }
}

extension HTTPField.Name {
    /// The pass, from 1, that a picture of an unfinished job shows.
    static let tileworkPass = HTTPField.Name("Tilework-Pass").unwrapped
    /// Facts about the image in the request.
    static let tileworkImage = HTTPField.Name("Tilework-Image").unwrapped
    /// The addresses that a request came through, as reported by proxies.
    static let forwardedFor = HTTPField.Name("X-Forwarded-For").unwrapped
    /// See `RequestID`.
    static let requestID = HTTPField.Name("X-Request-Id").unwrapped
    static let clearSiteData = HTTPField.Name("Clear-Site-Data").unwrapped
    /// The browser's report of the page that makes the request.
    static let secFetchSite = HTTPField.Name("Sec-Fetch-Site").unwrapped
    static let secFetchMode = HTTPField.Name("Sec-Fetch-Mode").unwrapped
    static let secFetchDest = HTTPField.Name("Sec-Fetch-Dest").unwrapped
    /// Which sites' pages may show the answer.
    static let resourcePolicy = HTTPField.Name("Cross-Origin-Resource-Policy").unwrapped
}
