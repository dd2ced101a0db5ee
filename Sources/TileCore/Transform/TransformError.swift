/// Why a pipeline is refused.
public struct TransformError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        case malformed, empty, tooManySteps, unknownTransform, unknownParameter, badValue
        /// A step does not take the depth or the channels of the pixels that it would get.
        case unsuitableImage
    }

    public let code: Code
    public let reason: String

    init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { reason }
}
