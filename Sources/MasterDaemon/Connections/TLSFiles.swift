import Foundation
import NIOSSL
import TileCore

/// The files of the certificate and its key, both in PEM.
struct TLSFiles: Sendable, Hashable {
    /// The master's certificate, followed by its intermediate certificates.
    let certificate: String
    let key: String

    /// Facts that change when a file is replaced.
    struct Facts: Sendable, Hashable {
        let certificate: FileFacts
        let key: FileFacts
    }

    func facts() throws(ServiceError) -> Facts {
        Facts(certificate: try Self.facts(certificate, "--tls-cert"), key: try Self.facts(key, "--tls-key"))
    }

    /// Reads both files. May wait for the disk.
    func load() throws(ServiceError) -> TLSCredentials {
        let chain = try Self.reading(certificate, "--tls-cert") { bytes in
            let chain = try NIOSSLCertificate.fromPEMBytes(bytes)
            return chain.isEmpty ? nil : chain
        }
        guard let chain else {
            throw ServiceError(.startup, "--tls-cert \(certificate) has no certificate in it; it takes PEM")
        }
        let secret = try Self.reading(key, "--tls-key") { try NIOSSLPrivateKey(bytes: $0, format: .pem) }
        guard let secret else {
            throw ServiceError(
                .startup, "--tls-key \(key) has no private key in it; it takes PEM, without a passphrase")
        }
        do {
            return TLSCredentials(
                context: try NIOSSLContext(configuration: TLSRules.configuration(chain, secret)),
                expiry: Date(timeIntervalSince1970: Double(chain[0].notValidAfter)),
                start: Date(timeIntervalSince1970: Double(chain[0].notValidBefore)),
                names: CertificateNames.of(chain[0]))
        } catch {
            throw ServiceError(.startup, refusal(error))
        }
    }

    /// Why BoringSSL rejects the pair. The key was parsed before, so either the certificate cannot be used or the two
    /// do not match.
    private func refusal(_ error: any Error) -> String {
        guard error as? NIOSSLError == .failedToLoadPrivateKey else {
            return "the first certificate in \(certificate) is of a kind that TLS cannot use here: \(error)"
        }
        return "the key in \(key) does not belong to the first certificate in \(certificate); the master's own one has "
            + "to come first"
    }

    private static func facts(_ path: String, _ option: String) throws(ServiceError) -> FileFacts {
        do throws(FileError) {
            return try FileFacts.of(RawPath(path))
        } catch {
            let why = FileObstacle.find(at: RawPath(path), for: .read)?.description ?? error.reason
            throw ServiceError(.startup, "\(option): the file \(path) cannot be read: \(why)")
        }
    }

    /// - Returns: `nil` if the file has no item that `parse` accepts.
    private static func reading<Value>(
        _ path: String, _ option: String, _ parse: ([UInt8]) throws -> Value?
    ) throws(ServiceError) -> Value? {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try NamedFile.bytes(of: path)
        } catch {
            throw ServiceError(.startup, "\(option): the file \(error.reason)")
        }
        return try? parse(bytes)
    }
}
