import ArgumentParser
import Foundation
import SystemPackage
import TileCore

/// Reports the error of a command as one sentence on standard error, without type names. The exit status is 64 for an
/// invalid option, 78 for an invalid Kafka property, and 1 for all other errors.
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

    /// The error's description for a person; `nil` if the error has none.
    static func reason(_ error: any Error) -> String? {
        switch error {
        case let error as SettingsError: error.description
        case let error as ServiceError: error.detail
        case let error as FileError: error.reason
        case let error as KafkaError: error.reason
        case let error as Errno: "system call failed: \(error)"
        case is CancellationError: "interrupted"
        default: nil
        }
    }

    static func fail(_ text: String, status: ExitCode = .failure) throws -> Never {
        FileHandle.standardError.write(Data("Error: \(text)\n".utf8))
        throw status
    }
}
