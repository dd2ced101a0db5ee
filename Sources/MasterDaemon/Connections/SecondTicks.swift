import NIOCore

/// Calls a closure once a second while a handler is in its pipeline.
struct SecondTicks {
    private static let interval = TimeAmount.seconds(1)
    private static let start = NIODeadline.now()

    private var task: RepeatedTask?

    /// Seconds of the event loops' clock.
    static var now: Double { Double((NIODeadline.now() - start).nanoseconds) / 1e9 }

    mutating func begin(on loop: any EventLoop, _ tick: @escaping () -> Void) {
        guard task == nil else { return }
        let tick = NIOLoopBound(tick, eventLoop: loop)
        task = loop.scheduleRepeatedTask(initialDelay: Self.interval, delay: Self.interval) { _ in tick.value() }
    }

    mutating func end() {
        task?.cancel()
        task = nil
    }
}
