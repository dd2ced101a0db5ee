internal import COpenCVShim

/// The instruction sets of our own kernels. All sets give the same bytes, and tests check each of them.
enum KernelSet: Int32, CaseIterable {
    /// OpenCV, or the definition if OpenCV is not exact.
    case reference
    /// Runs on any processor. It is the set in use on processors other than x86-64.
    case portable
    case sse2, avx2, avx512

    /// The sets that this processor has. The last one is in use.
    static var available: [KernelSet] {
        allCases.filter { $0 != .reference && $0.rawValue <= tw_best_kernels() }
    }

    /// Makes the calling thread use this set while `body` runs.
    func use<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        tw_use_kernels(rawValue)
        defer { tw_use_kernels(tw_best_kernels()) }
        return try body()
    }
}
