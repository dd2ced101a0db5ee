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
            "/bin/sh", arguments: ["sh", "-c", "exec 2>&-; exec sleep 60"], environment: [])
        defer { process.end { _ in } }
        let clock = ContinuousClock()
        // The first look may end with the closing itself.
        let times = (0..<3).map { _ in clock.measure { _ = process.receive(within: 200) { _ in } } }
        #expect(times.last.map { $0 >= .milliseconds(150) } == true)
    }
}
