import ArgumentParser
import Foundation
import SystemPackage
import TileCore

/// How commands end when something is wrong: one sentence on standard error and status 1, never a stack of types.
enum CommandErrors {
    static func reporting(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as SettingsError {
            try fail(error.description, status: .validationFailure)
        } catch let error as ServiceError {
            try fail(error.detail)
        } catch let error as FileError {
            try fail(error.reason)
        } catch let error as KafkaError {
            try fail(error.reason)
        } catch let error as Errno {
            try fail("a call of the system has failed: \(error)")
        } catch is CancellationError {
            try fail("interrupted")
        }
    }

    static func fail(_ text: String, status: ExitCode = .failure) throws -> Never {
        FileHandle.standardError.write(Data("Error: \(text)\n".utf8))
        throw status
    }
}
