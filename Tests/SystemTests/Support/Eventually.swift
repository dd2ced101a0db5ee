/// Calls `ask` repeatedly until it returns a value, and returns that. For changes that no event reports.
/// - Throws: after `seconds` without a value.
@discardableResult
func eventually<R>(
    _ what: @autoclosure () -> String, within seconds: Double = 60, every pause: Duration = .milliseconds(20),
    _ ask: () async throws -> R?
) async throws -> R {
    let end = ContinuousClock.now + .seconds(seconds)
    while true {
        if let answer = try await ask() { return answer }
        guard ContinuousClock.now < end else { throw BenchError("\(seconds) s went by before: \(what())") }
        try await Task.sleep(for: pause)
    }
}
