import ArgumentParser
import Foundation
import SystemPackage
import TileCore

/// How commands end when something is wrong: one sentence on standard error, never a stack of types. The status is 64 for an
/// option that cannot be, 78 for a Kafka property that cannot be, and else 1.
enum CommandErrors {
    static func reporting(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch {
            guard let words = reason(error) else { throw error }
            try fail(words, status: status(of: error))
        }
    }

    private static func status(of error: any Error) -> ExitCode {
        switch error {
        case is SettingsError: .validationFailure
        case let error as KafkaError where error.code == .configuration: ExitCode(78)
        default: .failure
        }
    }

    /// What is wrong, in words for a person; `nil` for what has none.
    static func reason(_ error: any Error) -> String? {
        switch error {
        case let error as SettingsError: error.description
        case let error as ServiceError: error.detail
        case let error as FileError: error.reason
        case let error as KafkaError: error.reason
        case let error as Errno: "a call of the system has failed: \(error)"
        case is CancellationError: "interrupted"
        default: nil
        }
    }

    static func fail(_ text: String, status: ExitCode = .failure) throws -> Never {
        FileHandle.standardError.write(Data("Error: \(text)\n".utf8))
        throw status
    }
}
