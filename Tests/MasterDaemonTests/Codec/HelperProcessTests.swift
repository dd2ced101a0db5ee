import Glibc
import Testing
import TileCodecs
import TileCore

@Suite struct HelperProcessTests {
    /// Another process may have got the same id by then.
    @Test func endedProcessIsNotKilledAgain() throws {
        let process = try HelperProcess.start("/bin/sh", arguments: ["sh", "-c", "exit 7"], environment: [])
        while !process.hasEnded { usleep(1000) }
        #expect(process.end { _ in } == .exit(7))
        #expect(process.hasEnded)
        #expect(process.end { _ in } == .exit(7))
    }

    /// The other side would wait for descriptors that cannot come.
    @Test func tooManyDescriptorsAreAProgrammingError() async throws {
        await #expect(processExitsWith: .failure) {
            let process = try HelperProcess.start("/bin/sleep", arguments: ["sleep", "60"], environment: [])
            let file = try OwnedDescriptor(reading: "/dev/null")
            _ = process.send([1], Array(repeating: file, count: 6))
            process.end { _ in }
        }
    }

    /// Otherwise each wait would return at once, for ever.
    @Test func closedStandardErrorIsNotPolledAgain() throws {
        let process = try HelperProcess.start(
            "/bin/sh", arguments: ["sh", "-c", "exec 2>&-; printf closed >&3; exec sleep 60"], environment: [])
        defer { process.end { _ in } }
        while case .nothing = process.receive(within: 60_000, log: { _ in }) {}
        // Standard error is closed now. The first wait may report that. The second wait reports nothing, and lasts its
        // whole time.
        _ = process.receive(within: 0) { _ in }
        let time = ContinuousClock().measure { _ = process.receive(within: 200) { _ in } }
        #expect(time >= .milliseconds(150))
    }
}
