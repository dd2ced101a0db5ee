/// Why a record is not valid. Such a record is moved to `dead-letters`; it never stops a consumer.
public struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        case missingHeader, headerTooLong, malformedHeader, unknownVersion
        /// A number is outside what any image allows.
        case badValue
        /// The payload does not have the size that the header declares.
        case payloadMismatch
        /// The transforms of a task cannot be parsed or do not fit its pixels.
        case badTransforms
        /// This release does not know a step of the task. Another worker may know it.
        case unknownStep
    }

    public let code: Code
    public let reason: String

    public init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    public var description: String { reason }
}
