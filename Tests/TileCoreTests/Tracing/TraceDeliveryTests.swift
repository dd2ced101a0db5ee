import Testing
import Tracing

@testable import TileCore

@Suite struct TraceDeliveryTests {
    @Test func answersAreReadAsTheProtocolSays() {
        for status in [200, 202, 204] {
            var delivery = TraceDelivery()
            #expect(delivery.step(after: .status(status, retryAfter: nil)) == .delivered)
        }
        for status in [301, 400, 401, 404, 413, 500, 501] {
            var delivery = TraceDelivery()
            #expect(delivery.step(after: .status(status, retryAfter: nil)) == .giveUp, "\(status)")
        }
        for status in [429, 502, 503, 504] {
            var delivery = TraceDelivery()
            #expect(delivery.step(after: .status(status, retryAfter: nil)) == .again(after: 1), "\(status)")
        }
    }

    @Test func pausesGrowAndThereIsAnEnd() {
        var delivery = TraceDelivery()
        let steps = (0..<5).map { _ in delivery.step(after: .none) }
        #expect(
            steps == [.again(after: 1), .again(after: 2), .again(after: 4), .again(after: 8), .giveUp])
    }

    @Test func theEndpointNamesThePauseWithinReason() {
        var delivery = TraceDelivery()
        #expect(delivery.step(after: .status(503, retryAfter: 7)) == .again(after: 7))
        #expect(delivery.step(after: .status(429, retryAfter: 100_000)) == .again(after: 30))
        #expect(delivery.step(after: .status(429, retryAfter: -1)) == .again(after: 0))
    }

    @Test func theQueueIsBoundedAndCounts() {
        func span(_ name: String) -> FinishedSpan {
            FinishedSpan(
                context: .root(sampler: TraceSampler()), parentID: nil, name: name, kind: .internal, start: 0, end: 0,
                attributes: [:], events: [], links: [], status: nil)
        }
        var queue = TraceQueue(capacity: 3)
        #expect(queue.append(span("a")) && !queue.append(span("b")) && !queue.append(span("c")))
        #expect(!queue.append(span("d")) && queue.dropped == 1 && queue.count == 3)
        let batch = queue.take(2)
        #expect(batch.map(\.name) == ["a", "b"] && queue.count == 1)
        queue.putBack(batch)
        #expect(queue.take(10).map(\.name) == ["a", "b", "c"])
        queue.drop(3)
        #expect(queue.dropped == 4 && queue.count == 0 && queue.append(span("e")))
    }
}
