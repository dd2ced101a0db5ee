import HTTPTypes
import NIOCore

/// Answers requests at the plain port with a redirect to the port with TLS. Does no I/O.
struct Redirect: Sendable {
    let hosts: HostRule
    /// The port that speaks TLS.
    let port: Int

    /// The whole answer. The only host names in it are the master's own.
    /// - Parameters:
    ///   - isPage: whether a browser navigates. Only browsers are redirected; programs get an error, so that they do
    ///     not go on sending their key unencrypted.
    ///   - target: the target in the request's first line.
    ///   - host: the `Host` header.
    ///   - requestID: the `X-Request-Id` header.
    func answer(
        to target: String, isPage: Bool = true, host: String?, ownAddress: String?, requestID: String? = nil
    ) -> ByteBuffer {
        guard let host, hosts.allows(host, ownAddress: ownAddress), let name = Self.name(host) else {
            return RawAnswer.bytes(
                ServiceError(.unknownHost, "the name in 'Host' is not a name of this master"), requestID: requestID)
        }
        guard target.hasPrefix("/"), target.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            return RawAnswer.bytes(
                ServiceError(.badRequest, "the target of the request is not a path"), requestID: requestID)
        }
        guard isPage else {
            return RawAnswer.bytes(
                ServiceError(
                    .forbidden,
                    "this port is not encrypted: use https:// and port \(port). A key that was sent here has to be rotated"
                ), requestID: requestID)
        }
        let place = "https://\(name)\(port == 443 ? "" : ":\(port)")\(target)"
        return RawAnswer.header(.permanentRedirect, [.location: place, .contentLength: "0"], requestID: requestID)
    }

    /// The name in a `Host` header; `nil` if it has characters that an address cannot have.
    private static func name(_ host: String) -> Substring? {
        let name: Substring
        if host.hasPrefix("["), let end = host.firstIndex(of: "]") {
            name = host[...end]
        } else {
            name = host.prefix { $0 != ":" }
        }
        let isName = name.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                || [0x2D, 0x2E, 0x3A, 0x5B, 0x5D].contains(byte)
        }
        return isName && !name.isEmpty ? name : nil
    }
}
