/// One step of a pipeline.
///
/// A step sees color only: 1 or 3 channels of 8 or 16 bits. The pipeline takes alpha away before the first step and
/// brings it back after the last.
public protocol Transform: Sendable {
    static var descriptor: TransformDescriptor { get }

    /// Makes the step from values that are complete and in range.
    init(_ values: ParameterValues) throws(TransformError)

    /// How many pixels on each side of a pixel decide its result.
    var halo: Int { get }

    /// The format that comes out if `input` goes in; throws if the step does not take `input`.
    func output(for input: PixelFormat) throws(TransformError) -> PixelFormat

    /// Whether gray pixels (B = G = R) stay gray.
    static var keepsGray: Bool { get }

    /// Computes the step for a whole buffer. Within `halo` pixels of a side that is not the image's own edge the
    /// result is meaningless; the pipeline cuts it away.
    func apply(_ image: borrowing PixelBuffer) throws(ImagingError) -> PixelBuffer
}

extension Transform {
    public var halo: Int { 0 }

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
