/// Called with the name of a computed step and its time. Steps that were merged into one table are reported as `table`.
public typealias StepTiming = (_ step: String, _ time: Duration) -> Void

/// The steps for an image, in order.
public struct Pipeline: Sendable {
    public let steps: [PipelineStep]

    /// The most steps that a pipeline can have.
    public static let maximumSteps = 32

    /// - Throws: if there is no step or more than `maximumSteps`.
    public init(_ steps: [PipelineStep]) throws(TransformError) {
        guard !steps.isEmpty else {
            throw TransformError(.empty, "no transform is named; name at least one, as in 'grayscale,blur:ksize=31'")
        }
        guard steps.count <= Self.maximumSteps else {
            throw TransformError(
                .tooManySteps, "\(steps.count) steps are too many; a pipeline has at most \(Self.maximumSteps)")
        }
        self.steps = steps
    }

    /// The names of its steps.
    public var stepNames: Set<String> { Set(steps.map(\.name)) }

    /// How many pixels of its neighbours a tile needs on every side, so that its result equals that of the whole image.
    /// - Parameter depth: the depth of the image.
    public func halo(_ depth: SampleDepth) -> Int { steps.reduce(0) { $0 + $1.transform.halo(depth) } }

    /// Whether a tiled image equals the whole image in every byte.
    public var isExact: Bool { steps.allSatisfy { type(of: $0.transform).descriptor.isExact } }

    /// The format of the result for an image of format `input`.
    /// - Throws: if a step does not take the format that the steps before it give.
    public func output(for input: PixelFormat) throws(TransformError) -> PixelFormat {
        // An image with alpha keeps its four channels, whatever happens to the colors.
        var color: PixelFormat = input.hasAlpha ? .bgr(input.depth) : input
        for step in steps { color = try step.transform.output(for: color) }
        return input.hasAlpha ? .bgra(input.depth) : color
    }

    /// Whether the colors of the result are gray (B = G = R).
    /// - Parameter isGray: whether the colors of the source are gray.
    public func isGray(from isGray: Bool) -> Bool {
        var (format, isGray) = (PixelFormat.bgr(.eight), isGray)
        for step in steps {
            format = (try? step.transform.output(for: format)) ?? format
            isGray = format.channels == 1 || isGray && type(of: step.transform).keepsGray
        }
        return isGray
    }

    /// Applies all steps to `image` and returns the pixels of `inner`, which is relative to the image's corner.
    ///
    /// If `inner` is at least `halo` pixels away from each side that is not an edge of the whole image, the result
    /// equals that of the whole image.
    /// - Parameter timing: called with the time of each step; with `nil`, no times are measured.
    /// - Precondition: `output(for:)` takes the image's format, and `inner` is inside the image.
    public func apply(
        to image: borrowing PixelBuffer, inner: TileRegion, timing: StepTiming? = nil
    ) throws(ImagingError) -> PixelBuffer {
        let stages = PipelineStages(steps.map(\.transform), format: image.format)
        guard image.format.hasAlpha else { return try stages.apply(to: image, inner: inner, timing: timing) }
        let parts = try OpenCV.splitAlpha(image)
        return try OpenCV.joinAlpha(
            stages.apply(to: parts.color, inner: inner, timing: timing), parts.alpha.copy(inner))
    }
}

extension Pipeline: CustomStringConvertible {
    /// The text form, as in `grayscale,blur:ksize=31`.
    public var description: String { steps.map(\.description).joined(separator: ",") }
}

extension Pipeline: Hashable {
    public static func == (left: Pipeline, right: Pipeline) -> Bool { left.description == right.description }
    public func hash(into hasher: inout Hasher) { hasher.combine(description) }
}
