/// Why a record is not what it should be. Such a record goes to `dead-letters`; it never stops a consumer.
public struct WireError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        case missingHeader, headerTooLong, malformedHeader, unknownVersion
        /// A number is outside what any image allows.
        case badValue
        /// The payload has not the bytes that the header declares.
        case payloadMismatch
        /// The transforms of a task cannot be read or do not take its pixels.
        case badTransforms
        /// The task has a step that is not known here. Another worker may know it.
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
