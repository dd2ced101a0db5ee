import NIOSSL

/// The host names of a certificate.
enum CertificateNames {
    /// Host names in the certificate's order, without wildcards.
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
