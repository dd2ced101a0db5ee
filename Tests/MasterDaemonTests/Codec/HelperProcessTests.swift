import Glibc
import Testing
import TileCodecs
import TileCore

@Suite struct HelperProcessTests {
    /// Its number may be another process's by then.
    @Test func whoeverHasEndedIsNotEndedTwice() throws {
        let process = try HelperProcess.start("/bin/sh", arguments: ["sh", "-c", "exit 7"], environment: [])
        while !process.hasEnded { usleep(1000) }
        #expect(process.end { _ in } == .exit(7))
        #expect(process.hasEnded)
        #expect(process.end { _ in } == .exit(7))
    }

    /// The other side would wait for what cannot come.
    @Test func moreDescriptorsThanAMessageHasAreAProgrammingError() async throws {
        await #expect(processExitsWith: .failure) {
            let process = try HelperProcess.start("/bin/sleep", arguments: ["sleep", "60"], environment: [])
            let file = try OwnedDescriptor(reading: "/dev/null")
            _ = process.send([1], Array(repeating: file, count: 6))
            process.end { _ in }
        }
    }

    /// Otherwise each look at it returns at once, for ever.
    @Test func aClosedStandardErrorIsNotLookedAtAgain() throws {
        let process = try HelperProcess.start(
            "/bin/sh", arguments: ["sh", "-c", "exec 2>&-; printf closed >&3; exec sleep 60"], environment: [])
        defer { process.end { _ in } }
        while case .nothing = process.receive(within: 60_000, log: { _ in }) {}
        // It is closed now. One more look may end with that; the next one finds nothing, and waits for as long as it may.
        _ = process.receive(within: 0) { _ in }
        let time = ContinuousClock().measure { _ = process.receive(within: 200) { _ in } }
        #expect(time >= .milliseconds(150))
    }
}
