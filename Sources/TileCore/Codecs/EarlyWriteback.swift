internal import CImageCodecs

/// Has the kernel begin to write a file to the disk while more of it comes, so that a sync at its end has little left to
/// wait for. The file is written in order.
public struct EarlyWriteback: Sendable {
    /// Bytes up to here were sent.
    private var begun = 0

    public init() {}

    /// - Parameter written: bytes that are in the file so far.
    public mutating func advance(to written: Int, of descriptor: Int32) {
        guard let range = next(written) else { return }
        twc_begin_writeback(descriptor, UInt64(range.lowerBound), UInt64(range.upperBound))
    }

    /// What is sent now; `nil` for nothing yet.
    mutating func next(_ written: Int) -> Range<Int>? {
        let end = Int(twc_writeback_end(UInt64(begun), UInt64(written)))
        guard end > begun else { return nil }
        defer { begun = end }
        return begun..<end
    }
}
