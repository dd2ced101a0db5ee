internal import CImageCodecs

/// Makes the kernel begin to write a file to the disk while the program still appends to it. A sync at the end then has
/// little left to wait for.
public struct EarlyWriteback: Sendable {
    /// The kernel has begun to write the bytes before this offset.
    private var begun = 0

    public init() {}

    /// - Parameter written: the length of the file so far, in bytes.
    public mutating func advance(to written: Int, of descriptor: Int32) {
        guard let range = next(written) else { return }
        twc_begin_writeback(descriptor, UInt64(range.lowerBound), UInt64(range.upperBound))
    }

    /// The bytes to begin to write now; `nil` if there are too few yet.
    mutating func next(_ written: Int) -> Range<Int>? {
        let end = Int(twc_writeback_end(UInt64(begun), UInt64(written)))
        guard end > begun else { return nil }
        defer { begun = end }
        return begun..<end
    }
}
