/// One step of a pipeline.
///
/// A step gets colors only: 1 or 3 channels of 8 or 16 bits. The pipeline removes alpha before the first step and
/// restores it after the last.
public protocol Transform: Sendable {
    static var descriptor: TransformDescriptor { get }

    /// Makes the step. The values are complete and in range.
    init(_ values: ParameterValues) throws(TransformError)

    /// The distance in pixels up to which neighbours affect the result of a pixel, in an image of `depth`.
    func halo(_ depth: SampleDepth) -> Int

    /// The format of the result for `input`. Throws if the step does not take `input`.
    func output(for input: PixelFormat) throws(TransformError) -> PixelFormat

    /// Whether gray pixels (B = G = R) stay gray.
    static var keepsGray: Bool { get }

    /// The table of the step, if it maps each sample of the format `output(for:)` alone; else `nil`.
    func table(for depth: SampleDepth) -> SampleTable?

    /// Computes the step for `region` of `image`. If `region` is at least the halo away from each side that is not an
    /// edge of the whole image, the result equals that of the whole image.
    /// - Precondition: `region` is inside `image`.
    func apply(_ image: borrowing PixelBuffer, _ region: TileRegion) throws(ImagingError) -> PixelBuffer
}

extension Transform {
    public func halo(_ depth: SampleDepth) -> Int { 0 }

    public func table(for depth: SampleDepth) -> SampleTable? { nil }

    public static var keepsGray: Bool { true }

    public func output(for input: PixelFormat) throws(TransformError) -> PixelFormat { input }
}

/// The parameters of a step, each with an allowed value.
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
