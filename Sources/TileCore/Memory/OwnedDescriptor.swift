internal import Glibc

/// A descriptor of an open file, which is closed with its last reference.
public final class OwnedDescriptor: Sendable {
    let number: Int32

    init(adopting number: Int32) { self.number = number }

    deinit { close(number) }
}
