/// One step of a pipeline.
///
/// A step sees color only: 1 or 3 channels of 8 or 16 bits. The pipeline takes alpha away before the first step and
/// brings it back after the last.
public protocol Transform: Sendable {
    static var descriptor: TransformDescriptor { get }

    /// Makes the step from values that are complete and in range.
    init(_ values: ParameterValues) throws(TransformError)

    /// How many pixels on each side of a pixel decide its result, in an image of `depth`.
    func halo(_ depth: SampleDepth) -> Int

    /// The format that comes out if `input` goes in; throws if the step does not take `input`.
    func output(for input: PixelFormat) throws(TransformError) -> PixelFormat

    /// Whether gray pixels (B = G = R) stay gray.
    static var keepsGray: Bool { get }

    /// What each sample becomes, if that is all that the step looks at once the format is `output(for:)`.
    func table(for depth: SampleDepth) -> SampleTable?

    /// Computes the step for `region` of `image`. With `region` at least the halo away from each side that is not the
    /// whole image's edge, the result is what the whole image would give there.
    /// - Precondition: `region` is inside `image`.
    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer
}

extension Transform {
    public func halo(_ depth: SampleDepth) -> Int { 0 }

    public func table(for depth: SampleDepth) -> SampleTable? { nil }

    public static var keepsGray: Bool { true }

    public func output(for input: PixelFormat) throws(TransformError) -> PixelFormat { input }
}

/// A step's parameters, each with a value that its declaration allows.
public struct ParameterValues: Sendable, Hashable {
    private let values: [String: Double]

    init(validated values: [String: Double]) { self.values = values }

    /// - Precondition: the step's descriptor declares the parameter.
    public subscript(name: String) -> Double {
        guard let value = values[name] else { preconditionFailure("no parameter is called \(name)") }
        return value
    }

    public func integer(_ name: String) -> Int { Int(self[name]) }
}
