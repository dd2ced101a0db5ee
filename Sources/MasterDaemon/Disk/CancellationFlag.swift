import Synchronization

/// Tells work on a thread of its own that nobody waits for it any more.
final class CancellationFlag: Sendable {
    private let value = Atomic(false)

    var isSet: Bool { value.load(ordering: .relaxed) }

    func set() { value.store(true, ordering: .relaxed) }

    /// - Throws: `CancellationError` once it is set.
    func check() throws(CancellationError) {
        if isSet { throw CancellationError() }
    }
}
