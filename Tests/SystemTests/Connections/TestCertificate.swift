import Foundation
import Subprocess

/// A test's own CA and certificates that it signs, made by openssl.
struct TestCertificate: Sendable {
    let bench: Workbench

    var ca: String { bench.file("ca.pem") }
    /// The options of the master. `renew` replaces the files that they name.
    var certificate: String { bench.file("cert.pem") }
    var key: String { bench.file("key.pem") }

    var options: [String] { ["--tls-cert", certificate, "--tls-key", key] }

    /// Makes the CA, and the first certificate.
    static func made(in bench: Workbench) async throws -> TestCertificate {
        let made = TestCertificate(bench: bench)
        try await made.openssl([
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
            "/CN=Tilework test", "-keyout", bench.file("ca.key"), "-out", made.ca,
        ])
        try await made.renew(serial: 1)
        return made
    }

    /// Replaces the pair by a newly signed one.
    func renew(serial: Int, days: Int = 30) async throws {
        let pair = try await pair(serial: serial, days: days)
        for (from, to) in [(pair.certificate, certificate), (pair.key, key)] {
            // Renewals replace each file as a whole, one after the other.
            try Self.move(from, to)
        }
    }

    /// A new pair that is not in use yet.
    func pair(serial: Int, days: Int = 30) async throws -> (certificate: String, key: String) {
        let (request, extensions) = (bench.file("request-\(serial).pem"), bench.file("names"))
        let (certificate, key) = (bench.file("cert-\(serial).pem"), bench.file("key-\(serial).pem"))
        try Data("subjectAltName=DNS:localhost,DNS:tiles.example.org\n".utf8).write(to: URL(filePath: extensions))
        try await openssl([
            "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=localhost",
            "-keyout",
            key, "-out", request,
        ])
        try await openssl([
            "x509", "-req", "-in", request, "-CA", ca, "-CAkey", bench.file("ca.key"), "-set_serial", "\(serial)",
            "-days",
            "\(days)", "-extfile", extensions, "-out", certificate,
        ])
        return (certificate, key)
    }

    /// The serial number of the certificate that a master shows to a new connection.
    func serial(shownBy master: MasterProcess) async throws -> Int {
        let port = master.api.base.port ?? 0
        let run = try await ProgramOutput.of(
            "/bin/sh",
            [
                "-c",
                "openssl s_client -connect localhost:\(port) -servername localhost </dev/null 2>/dev/null | openssl x509 "
                    + "-noout -serial",
            ])
        guard let text = run.output.firstMatch(of: /serial=([0-9A-F]+)/)?.1, let serial = Int(text, radix: 16) else {
            throw BenchError("no certificate was shown: \(run.output)\(run.error)")
        }
        return serial
    }

    static func move(_ from: String, _ to: String) throws {
        guard unsafe rename(from, to) == 0 else { throw BenchError("cannot rename \(from)") }
    }

    private func openssl(_ arguments: [String]) async throws {
        let run = try await ProgramOutput.of("/usr/bin/openssl", arguments)
        guard run.status.isSuccess else { throw BenchError("openssl \(arguments[0]): \(run.error)") }
    }
}

extension MasterProcess {
    /// Waits until the log has these words `count` times.
    func says(_ words: String, count: Int = 1, within seconds: Double = 60) async throws {
        try await eventually("the log has '\(words)'", within: seconds) {
            process.errorOutput.ranges(of: words).count >= count ? true : nil
        }
    }
}
