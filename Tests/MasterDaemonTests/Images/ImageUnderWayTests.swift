import Testing
import TileCore

@testable import MasterDaemon

@Suite(.timeLimit(.minutes(10))) struct ImageUnderWayTests {
    private struct Failure: Error {}

    private func image(rows: Int = 0) throws -> ImageUnderWay {
        ImageUnderWay(
            try Canvas.temporary(size: PixelSize(width: 4, height: 100), format: .gray(.eight), in: "/tmp"), rows: rows)
    }

    @Test func waitingReaderGetsCompleteRows() async throws {
        let image = try image()
        let reader = Task {
            var seen: [Int] = []
            while seen.last ?? 0 < 100 { seen.append(try await image.rows(beyond: seen.last ?? 0)) }
            return seen
        }
        for rows in stride(from: 10, through: 100, by: 10) { image.complete(rows: rows) }
        let seen = try await reader.value
        #expect(seen.last == 100 && seen == seen.sorted() && Set(seen).count == seen.count)
    }

    @Test func completeRowsAreGivenAtOnce() async throws {
        let image = try image(rows: 100)
        #expect(image.isComplete)
        #expect(try await image.rows(beyond: 0) == 100)
        image.complete(rows: 3)
        #expect(image.rows == 100)
    }

    /// Complete rows can still be read. Further rows fail.
    @Test func failureKeepsCompleteRowsReadable() async throws {
        let image = try image()
        let waiting = Task { try await image.rows(beyond: 20) }
        image.complete(rows: 20)
        image.fail(Failure())
        await #expect(throws: Failure.self) { try await waiting.value }
        #expect(try await image.rows(beyond: 19) == 20)
        await #expect(throws: Failure.self) { try await image.rows(beyond: 20) }
    }

    @Test func cancelledReaderStopsWaiting() async throws {
        let image = try image()
        let (before, during) = (Task { try await image.rows(beyond: 0) }, Task { try await image.rows(beyond: 0) })
        before.cancel()
        await Task.yield()
        during.cancel()
        await #expect(throws: CancellationError.self) { try await before.value }
        await #expect(throws: CancellationError.self) { try await during.value }
        image.complete(rows: 1)
        #expect(try await image.rows(beyond: 0) == 1)
    }
}
