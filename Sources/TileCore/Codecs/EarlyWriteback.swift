internal import CImageCodecs

/// Has the kernel begin to write a file to the disk while more of it comes, so that a sync at its end has little left to
/// wait for. The file is written in order.
public struct EarlyWriteback: Sendable {
    /// Bytes that are sent at once.
    private static let step = 1 << 20
    private static let page = 4096

    /// Bytes up to here were sent.
    private var begun = 0

    public init() {}

    /// - Parameter written: bytes that are in the file so far.
    public mutating func advance(to written: Int, of descriptor: Int32) {
        guard let range = next(written) else { return }
        twc_begin_writeback(descriptor, UInt64(range.lowerBound), UInt64(range.count))
    }

    /// What is sent now; `nil` for nothing yet. The last page stays, because the next write goes to it again.
    mutating func next(_ written: Int) -> Range<Int>? {
        let end = written - written % Self.page
        guard end >= begun + Self.step else { return nil }
        defer { begun = end }
        return begun..<end
    }
}
