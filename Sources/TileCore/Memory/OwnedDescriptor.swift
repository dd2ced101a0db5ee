internal import Glibc

/// A descriptor of an open file, which is closed with its last reference.
public final class OwnedDescriptor: Sendable {
    /// Stays open as long as this object lives.
    package let number: Int32

    /// Takes over a descriptor that no other code closes.
    package init(adopting number: Int32) { self.number = number }

    deinit { close(number) }
}
