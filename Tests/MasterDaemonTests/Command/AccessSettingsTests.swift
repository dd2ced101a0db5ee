import ArgumentParser
import Foundation
import NIOCore
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct AccessSettingsTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func gate(
        _ arguments: [String] = [], _ variables: [String: String] = [:], host: String = "127.0.0.1",
        hasTLS: Bool = false
    ) throws -> Gate {
        let settings = try AccessSettings(
            try AccessOptions.parse(arguments), host: host, environment: EnvironmentSettings(variables))
        return try settings.gate(
            dataDirectory: folder.url.path, host: host, origins: OriginRule(), certificateNames: { ["tls.example"] },
            hasTLS: hasTLS, logger: .silent)
    }

    @Test func onlyThisMachineIsLetInWithoutKeys() throws {
        #expect { try gate(host: "0.0.0.0") } throws: { "\($0)".contains("keys create") }
        #expect(try gate().mayBeOpen)
        #expect(try gate(["--insecure"], host: "0.0.0.0").mayBeOpen)
        let keys = KeyStore(folder: folder.url.path)
        _ = try keys.update { try $0.create("a", role: .admin, expiresAt: nil, now: Date.wholeSeconds()) }
        #expect(try gate(host: "0.0.0.0").mayBeOpen == false)
        // A key file without keys counts as no file.
        try keys.update { $0 = KeyRing() }
        #expect { try gate(host: "0.0.0.0") } throws: { "\($0)".contains("keys create") }
    }

    /// Behind a proxy, browsers use TLS although the master does not.
    @Test func thePublicURLSaysWhetherBrowsersComeByTLS() throws {
        let gate = try gate(["--public-url", "https://Tiles.example.org:8444/"])
        #expect(gate.isSecure && gate.publicURL == "https://tiles.example.org:8444")
        #expect(gate.cookieName == "__Host-tilework")
        #expect(gate.hosts.allows("tiles.example.org:8444", ownAddress: nil))
        #expect(gate.origins.allows(origin: "https://tiles.example.org:8444", host: nil, isSecure: true))
        #expect(try self.gate(["--public-url", "http://tiles.example.org"]).isSecure == false)
        #expect(try self.gate(["--public-url", "http://tiles.example.org"], hasTLS: true).isSecure)
        #expect(try self.gate([], ["TILEWORK_PUBLIC_URL": "https://a.example"]).isSecure)
    }

    @Test(arguments: ["https://a/b", "a.example", "ftp://a.example", "https://"])
    func anInvalidPublicURLIsRefused(text: String) {
        #expect { try gate(["--public-url", text]) } throws: { "\($0)".contains("--public-url is") }
    }

    @Test func proxiesAreRead() throws {
        #expect(try gate(["--trusted-proxy", "10.0.0.7"]).proxies.contains("10.0.0.7"))
        let gate = try gate([], ["TILEWORK_TRUSTED_PROXY": "10.0.0.7, fd00::/8"])
        #expect(gate.proxies.contains("fd00::1") && !gate.proxies.contains("10.0.0.8"))
    }

    @Test func theCertificatesNamesAreTheMasters() throws {
        #expect(try gate(hasTLS: true).hosts.allows("tls.example:8443", ownAddress: nil))
    }

    @Test func aFailureToListenHasItsReason() {
        func words(_ number: Int32) -> String {
            "\(ListenFailure.words(IOError(errnoCode: number, reason: "bind"), host: "10.9.9.9", port: 443, option: "--port"))"
        }
        #expect(words(EADDRINUSE).contains("port 443 of 10.9.9.9 is in use"))
        #expect(words(EACCES).contains("CAP_NET_BIND_SERVICE") && words(EACCES).contains("--port"))
        #expect(words(EADDRNOTAVAIL).contains("--host"))
    }
}
