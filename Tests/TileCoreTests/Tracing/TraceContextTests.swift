import Testing
import Tracing

@testable import TileCore

@Suite struct TraceContextTests {
    private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

    @Test func theExampleOfTheStandardIsRead() throws {
        let context = try #require(TraceContext(parent: Self.parent, state: "congo=t61rcWkgMzE"))
        #expect(context.traceID == "4bf92f3577b34da6a3ce929d0e0e4736" && context.spanID == "00f067aa0ba902b7")
        #expect(context.isSampled && context.state == "congo=t61rcWkgMzE")
        #expect(context.parent == Self.parent)
    }

    @Test func flagsBeyondTheFirstMeanNothing() throws {
        for (flags, isSampled) in [("00", false), ("01", true), ("02", false), ("ff", true)] {
            let context = try #require(TraceContext(parent: Self.parent.dropLast(2) + flags))
            #expect(context.isSampled == isSampled)
            #expect(context.parent.hasSuffix(isSampled ? "-01" : "-00"))
        }
    }

    @Test func laterVersionsMayHaveMore() {
        #expect(TraceContext(parent: "cc" + Self.parent.dropFirst(2) + "-what-ever") != nil)
        #expect(TraceContext(parent: Self.parent + "-more") == nil)
    }

    @Test(arguments: [
        "", "00", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "00-g-00f067aa0ba902b7-01",
    ])
    func anythingElseIsNone(_ text: String) { #expect(TraceContext(parent: text) == nil) }

    @Test func aStateThatIsTooLongOrStrangeIsLeftOut() throws {
        for state in ["", String(repeating: "a", count: 513), "a=b\r\nX: y"] {
            #expect(try #require(TraceContext(parent: Self.parent, state: state)).state == nil)
        }
    }

    @Test func childrenStayInTheTrace() throws {
        let parent = try #require(TraceContext(parent: Self.parent, state: "a=b"))
        let child = parent.child()
        #expect(child.traceID == parent.traceID && child.spanID != parent.spanID)
        #expect(child.isSampled && child.state == "a=b")
        #expect(TraceContext(parent: child.parent) != nil)
    }

    @Test func newTracesAreWellFormedAndDifferent() {
        let roots = (0..<100).map { _ in TraceContext.root(sampler: TraceSampler()) }
        #expect(Set(roots.map(\.traceID)).count == 100)
        for root in roots { #expect(TraceContext(parent: root.parent) == root) }
    }

    @Test func theRatioIsKeptAndTheSameEverywhere() {
        let ids = (0..<4000).map { _ in TraceContext.root(sampler: TraceSampler()).traceID }
        #expect(ids.allSatisfy { TraceSampler(ratio: 1).samples($0) })
        #expect(!ids.contains { TraceSampler(ratio: 0).samples($0) })
        let (few, many) = (TraceSampler(ratio: 0.25), TraceSampler(ratio: 0.5))
        // Within five standard deviations of a binomial distribution.
        #expect(abs(ids.count { few.samples($0) } - 1000) < 140)
        // Traces that a program with a lower ratio records are recorded by others as well.
        #expect(ids.allSatisfy { !few.samples($0) || many.samples($0) })
    }
}
