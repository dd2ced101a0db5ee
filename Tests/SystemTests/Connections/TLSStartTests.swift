import Foundation
import Subprocess
import Testing

extension SystemTests {
    /// Starts with unusable certificates, and workers that use TLS.
    @Suite(.serialized) struct TLSStartTests {
        private func refusal(_ bench: Workbench, _ certificate: String, _ key: String) async throws -> String {
            try await bench.start(
                Programs.master,
                [
                    "serve", "--port", "0", "--data-dir", bench.file("data"), "--local-workers", "0", "--tls-cert",
                    certificate, "--tls-key", key,
                ], name: "refused"
            ).refusal()
        }

        @Test func unusableCertificatesAreRefused() async throws {
            try await Workbench.with { bench in
                let made = try await TestCertificate.made(in: bench)
                let other = try await made.pair(serial: 7)
                #expect(try await refusal(bench, bench.file("none"), made.key).contains("--tls-cert"))
                #expect(try await refusal(bench, made.certificate, bench.file("none")).contains("--tls-key"))
                #expect(try await refusal(bench, made.key, made.key).contains("no certificate in it"))
                #expect(try await refusal(bench, made.certificate, made.certificate).contains("no private key in it"))
                #expect(try await refusal(bench, made.certificate, other.key).contains("does not belong to"))
                // The certificate and the key belong together, but TLS no longer supports their algorithm.
                let (parameters, old, oldKey) = (bench.file("dsa"), bench.file("old.pem"), bench.file("old-key.pem"))
                for arguments in [
                    ["dsaparam", "-out", parameters, "1024"],
                    [
                        "req", "-x509", "-newkey", "dsa:\(parameters)", "-nodes", "-days", "5", "-subj",
                        "/CN=localhost",
                        "-keyout", oldKey, "-out", old,
                    ],
                ] {
                    let run = try await ProgramOutput.of("/usr/bin/openssl", arguments)
                    try #require(run.status.isSuccess, "\(run.error)")
                }
                #expect(try await refusal(bench, old, oldKey).contains("of a kind that TLS cannot use"))
            }
        }

        @Test func readableKeyAndExpiringCertificateAreLogged() async throws {
            try await Workbench.with { bench in
                let made = try await TestCertificate.made(in: bench)
                try await made.renew(serial: 2, days: 2)
                try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: made.key)
                let master = try await bench.startMaster(["--local-workers", "0"] + made.options)
                try await master.says("every user of this machine can read")
                try await master.says("the certificate expires soon")
            }
        }

        @Test func workersTrustAGivenCA() async throws {
            try await Workbench.with { bench in
                let made = try await TestCertificate.made(in: bench)
                let port = try FreePort.number()
                let master = try await bench.startMaster(
                    ["--local-workers", "0", "--redirect-port", "\(port)"] + made.options)
                let worker = try await bench.startWorker("trusting", of: master, ["--ca-file", made.ca])
                try await eventually("it joins the group", within: 60) {
                    worker.errorOutput.contains("joining the group") ? true : nil
                }
                for (name, url, options, words) in [
                    ("unknown", master.url, [], "certificate is not trusted"),
                    (
                        "address", master.url.replacing("localhost", with: "127.0.0.1"), ["--ca-file", made.ca],
                        "is not valid for the name"
                    ),
                    (
                        "plain", "http://localhost:\(port)", ["--ca-file", made.ca],
                        "this port is not encrypted"
                    ),
                ] {
                    let doubting = try await bench.start(
                        Programs.worker, [name, "--master", url] + options, name: name,
                        environment: ["TILEWORK_KEY": "tilework_not_to_be_sent_along"])
                    try await eventually("it says why: \(doubting.errorOutput)", within: 60) {
                        doubting.errorOutput.contains(words) ? true : nil
                    }
                    #expect(!doubting.errorOutput.contains("not_to_be_sent"))
                }
            }
        }
    }
}
