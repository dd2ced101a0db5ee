import Testing

@testable import MasterDaemon

@Suite struct ExposedKeysTests {
    /// A key that was sent unencrypted is logged for the administrator.
    @Test func theLogSaysWhichAddressHasSentIt() {
        let log = LogLines()
        let exposed = ExposedKeys(log.logger) { 5 }
        for _ in 0..<1000 { exposed.tell(of: "::ffff:10.0.0.7", target: "/api/v1/jobs?secret=1") }
        #expect(log.lines.count == 200)
        #expect(log.lines[0].hasPrefix("warning: key sent to the port without TLS"))
        #expect(log.lines[0].hasSuffix("host=10.0.0.7 omitted=0 path=/api/v1/jobs"))
    }
}
