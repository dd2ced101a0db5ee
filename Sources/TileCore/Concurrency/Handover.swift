internal import Synchronization

/// Carries one noncopyable value from the closure that makes it to the code that waits for it.
public final class Handover<Value: ~Copyable & Sendable>: Sendable {
    private let value = Mutex<Value?>(nil)

    public init() {}

    public init(_ initial: consuming Value) { put(initial) }

    public func put(_ new: consuming sending Value) {
        var new: Value? = consume new
        value.withLock { slot in slot = new.take() }
    }

    /// The value; `nil` if there is none, or if it was taken already.
    public func take() -> Value? { value.withLock { slot in slot.take() } }
}
