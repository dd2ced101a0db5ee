import NIOCore
import NIOEmbedded
import Testing

@testable import MasterDaemon

@Suite struct ConnectionCounterTests {
    /// Refused clients get an answer, but only a few at once, so that the answers stay cheap.
    @Test func fewRefusedClientsAreAnswered() async throws {
        let counter = ConnectionCounter(ConnectionLimits(), logger: .silent)
        var told: [NIOAsyncTestingChannel] = []
        while told.count < 1000 {
            let channel = NIOAsyncTestingChannel()
            guard counter.mayTell(channel) else { break }
            told.append(channel)
        }
        #expect(told.count == 64)
        #expect(!counter.mayTell(NIOAsyncTestingChannel()))
        try await told[0].close()
        #expect(counter.mayTell(NIOAsyncTestingChannel()), "an answered client has disconnected")
        #expect(!counter.mayTell(NIOAsyncTestingChannel()))
    }
}
