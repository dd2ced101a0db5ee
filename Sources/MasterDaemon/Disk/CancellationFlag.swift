import Synchronization

/// Tells a closure on another thread that its task was cancelled.
final class CancellationFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }

    /// - Throws: `CancellationError` once it is set.
    func check() throws(CancellationError) {
        if isSet { throw CancellationError() }
    }
}
