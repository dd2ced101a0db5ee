import HTTPTypes
import Hummingbird
import Testing

@testable import MasterDaemon

@Suite struct RateLimitFieldsTests {
    private func state(
        _ name: String, unit: String = "requests", limit: Int, window: Int?, remaining: Int, resetsIn: Double?
    ) -> LimitState {
        LimitState(name: name, unit: unit, limit: limit, window: window, remaining: remaining, resetsIn: resetsIn)
    }

    @Test func theFieldsAreLists() {
        let limits = [
            state("requests", limit: 100, window: 60, remaining: 50, resetsIn: 30),
            state("bytes", unit: "content-bytes", limit: 1_000_000, window: 86400, remaining: 1_000_000, resetsIn: 0),
            state("channels", unit: "concurrent-requests", limit: 5, window: nil, remaining: 2, resetsIn: nil),
        ]
        #expect(
            RateLimitFields.policy(limits)
                == #""requests";q=100;w=60, "bytes";q=1000000;qu="content-bytes";w=86400, "#
                + #""channels";q=5;qu="concurrent-requests""#)
        #expect(
            RateLimitFields.left(limits) == #""requests";r=50;t=30, "bytes";r=1000000;t=86400, "channels";r=2"#)
    }

    /// A client that follows the fields does not exceed the limit for long.
    @Test(arguments: 0...100) func thePaceIsThatOfTheLimit(remaining: Int) throws {
        let limit = state(
            "requests", limit: 100, window: 60, remaining: remaining, resetsIn: Double(100 - remaining) * 0.6)
        let text = RateLimitFields.left([limit])
        let seconds = try #require(text.split(separator: "t=").last.flatMap { Double($0) })
        #expect(seconds >= 1)
        #expect(Double(remaining) / seconds <= 100.0 / 60 + 1e-9)
    }

    @Test func aRefusalSaysWhichLimit() {
        let limit = state("uploads", limit: 10, window: 60, remaining: 0, resetsIn: 60)
        let response = Response.problem(
            ServiceError(.tooManyRequests, retryAfter: 5.2, exceeded: limit, "more uploads came"))
        #expect(response.status == .tooManyRequests && response.headers[.retryAfter] == "6")
        #expect(response.headers[.rateLimitPolicy] == #""uploads";q=10;w=60"#)
        #expect(response.headers[.rateLimit] == #""uploads";r=0;t=6"#)
    }

    /// With these fields a client might wait before it follows the redirect.
    @Test func redirectsSayNothing() {
        var response = Response.redirect(to: "/", type: .normal)
        response.add(limits: [state("requests", limit: 1, window: 1, remaining: 0, resetsIn: 1)])
        #expect(response.headers[.rateLimit] == nil)
    }
}
