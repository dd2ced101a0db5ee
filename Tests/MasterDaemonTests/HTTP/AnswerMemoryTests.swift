import Testing

@testable import MasterDaemon

@Suite struct AnswerMemoryTests {
    private let memory = AnswerMemory(most: 100, mostOfClient: 60)

    private func isRefused(_ bytes: Int, for client: String) -> Bool {
        do throws(ServiceError) {
            _ = try memory.take(bytes, for: client)
            return false
        } catch {
            #expect(error.code == .busy && error.retryAfter == 5)
            return true
        }
    }

    @Test func aClientHasAShareOfAll() throws {
        let first = try memory.take(50, for: "ann")
        #expect(isRefused(11, for: "ann"))
        let second = try memory.take(50, for: "bob")
        #expect(isRefused(1, for: "cleo"))
        #expect(memory.bytes == 100)
        withExtendedLifetime((first, second)) {}
    }

    @Test func sentAnswersAreNotCounted() throws {
        var place: AnyObject? = try memory.take(60, for: "ann")
        #expect(isRefused(1, for: "ann"))
        withExtendedLifetime(place) {}
        place = nil
        #expect(memory.bytes == 0)
        #expect(!isRefused(60, for: "ann"))
    }

    /// Otherwise such an answer would always be refused.
    @Test func anAnswerAboveTheLimitIsAcceptedAlone() throws {
        let large = try memory.take(500, for: "ann")
        #expect(isRefused(1, for: "bob"))
        withExtendedLifetime(large) {}
    }
}
