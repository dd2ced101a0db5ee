import Foundation
import NIOSSL
import TileCore

/// The CAs that a worker trusts for a master's certificate: those of this machine and those of `--ca-file`.
struct MasterTrust: Sendable {
    private let context: NIOSSLContext

    /// - Parameter caFile: further certificates in PEM; `nil` for none.
    /// - Throws: if the file has no certificates.
    init(caFile: String? = nil) throws(SettingsError) {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let caFile {
            configuration.additionalTrustRoots = [.certificates(try Self.certificates(caFile))]
        }
        do {
            context = try NIOSSLContext(configuration: configuration)
        } catch {
            throw SettingsError("TLS cannot be prepared: \(error)")
        }
    }

    /// The TLS handler for a connection to `host`, which is a name or an IP address.
    func handler(for host: String) throws -> NIOSSLClientHandler {
        do {
            return try NIOSSLClientHandler(context: context, serverHostname: host)
        } catch let error as NIOSSLExtraError where error == .cannotUseIPAddressInSNI {
            return try NIOSSLClientHandler(context: context, serverHostname: nil)
        }
    }

    private static func certificates(_ path: String) throws(SettingsError) -> [NIOSSLCertificate] {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try NamedFile.bytes(of: path)
        } catch {
            throw SettingsError("--ca-file: the file \(error.reason)")
        }
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw SettingsError("--ca-file: '\(path)' has no certificate; it takes PEM")
        }
        return certificates
    }

    /// Why a connection failed, in words for the person who runs the worker.
    static func words(_ error: any Error, host: String) -> String {
        let text = "\(error)"
        if let error = error as? NIOSSLExtraError, error == .failedToValidateHostname {
            return "the master's certificate is not valid for the name \(host); give --master a name that it has"
        }
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return
                "the master's certificate is not trusted: it has expired, or was signed by a CA that this machine does not "
                + "know; name your own CA with --ca-file"
        }
        if text.contains("WRONG_VERSION_NUMBER") || text.contains("HTTP_REQUEST") {
            return "the master does not speak TLS there; try --master http://…"
        }
        return text
    }
}
