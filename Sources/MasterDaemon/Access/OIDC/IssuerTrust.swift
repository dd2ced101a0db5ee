import NIOSSL
import TileCore

/// The CAs that are trusted for the issuer's certificate: this machine's, and those of `--oidc-ca-file`.
struct IssuerTrust: Sendable {
    /// CAs in addition to the machine's own.
    private(set) var authorities: [NIOSSLCertificate] = []

    init() {}

    /// - Parameter caFile: the path of a PEM file with certificates of CAs.
    /// - Throws: if the file cannot be read or has no certificate.
    init(caFile: String) throws(SettingsError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try NamedFile.bytes(of: caFile)
        } catch {
            throw SettingsError("--oidc-ca-file: the file \(error.reason)")
        }
        guard let found = try? NIOSSLCertificate.fromPEMBytes(bytes), !found.isEmpty else {
            throw SettingsError("--oidc-ca-file: the file '\(caFile)' has no certificate in it; it takes PEM")
        }
        authorities = found
    }

    var configuration: TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        configuration.additionalTrustRoots = authorities.isEmpty ? [] : [.certificates(authorities)]
        return configuration
    }

    /// The reason of a failed connection, for the administrator.
    static func words(_ error: any Error) -> String {
        let text = "\(error)"
        if error as? NIOSSLExtraError == .failedToValidateHostname {
            return "its certificate does not match the host name in --oidc-issuer"
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is not trusted here: it has expired, or was signed by a CA that this machine does "
                + "not know; name one of your own with --oidc-ca-file"
        }
        return text
    }
}
