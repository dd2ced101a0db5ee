import NIOSSL

/// The names for which a certificate stands.
enum CertificateNames {
    /// The names of hosts, in their order; those with a wildcard are left out.
    static func of(_ certificate: NIOSSLCertificate) -> [String] {
        certificate._subjectAlternativeNames().compactMap { name in
            guard name.nameType == .dnsName else { return nil }
            let text = unsafe name.contents.withUnsafeBufferPointer { bytes in
                unsafe String(validating: bytes, as: UTF8.self)
            }
            guard let text, !text.isEmpty, !text.contains("*") else { return nil }
            return text.lowercased()
        }
    }
}
