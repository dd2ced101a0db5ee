import CoreMetrics
import Testing

@testable import TileCore

@Suite struct MetricFamilyTests {
    @Test func theTextFormat() {
        let family = MetricFamily(
            "tilework_x_total", .counter, "Two\nlines, a \\ and a \".",
            by: "name", ["b": 2, "a\"\\\n": 1.5])
        #expect(
            family.text == """
                # HELP tilework_x_total Two\\nlines, a \\\\ and a ".
                # TYPE tilework_x_total counter
                tilework_x_total{name="a\\"\\\\\\n"} 1.5
                tilework_x_total{name="b"} 2

                """)
        for (number, text) in [(1e15, "1000000000000000"), (.infinity, "+Inf"), (.nan, "NaN"), (-0.25, "-0.25")] {
            #expect(MetricFamily.number(number) == text)
        }
    }

    @Test func bucketsCountAllThatIsAtMostTheirBound() {
        var histogram = Histogram(bounds: [1, 10])
        for value in [0.5, 1, 1.5, 10, 11] { histogram.add(value) }
        let samples = histogram.samples([MetricFamily.Label("stage", "cut")])
        #expect(samples.map(\.value) == [2, 4, 5, 24, 5])
        #expect(samples.map(\.suffix) == ["_bucket", "_bucket", "_bucket", "_sum", "_count"])
        #expect(samples.prefix(3).map { $0.labels.last?.value } == ["1", "10", "+Inf"])
        #expect(samples[4].labels == [MetricFamily.Label("stage", "cut")])
    }

    /// Libraries count undocumented metrics through the same interface.
    @Test func onlyDeclaredFamiliesAreKept() throws {
        let registry = MetricsRegistry([
            .init("requests_total", .counter, "Requests."), .init("stage_seconds", .histogram, "Stages."),
        ])
        Counter(label: "of_a_library", dimensions: [("a", "b")], factory: registry).increment()
        let labels = [("method", "GET"), ("route", "/"), ("status", "200")]
        Counter(label: "requests_total", dimensions: labels, factory: registry).increment(by: 2)
        Counter(label: "requests_total", dimensions: labels, factory: registry).increment()
        Timer(label: "stage_seconds", dimensions: [("stage", "cut")], factory: registry).recordNanoseconds(2_000_000)
        let families = registry.families()
        #expect(families.map(\.name) == ["requests_total", "stage_seconds"])
        #expect(families[0].samples.map(\.value) == [3])
        #expect(
            families[1].samples.last?.value == 1 && families[1].samples[families[1].samples.count - 2].value == 0.002)
    }
}
