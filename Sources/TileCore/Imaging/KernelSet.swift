internal import COpenCVShim

/// The instructions that the kernels of our own use. All sets give the same bytes, which tests check one by one.
enum KernelSet: Int32, CaseIterable {
    /// OpenCV, or the definition where OpenCV is not exact.
    case reference
    /// What any processor runs, and the set in use where it is no x86-64.
    case portable
    case sse2, avx2, avx512

    /// The sets of ours that this processor has. The last one is in use.
    static var available: [KernelSet] {
        allCases.filter { $0 != .reference && $0.rawValue <= tw_best_kernels() }
    }

    /// Has this set used by the calling thread while `body` runs.
    func use<R: ~Copyable, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        tw_use_kernels(rawValue)
        defer { tw_use_kernels(tw_best_kernels()) }
        return try body()
    }
}
