import ArgumentParser
import Foundation
import Logging
import TileCore

@testable import MasterDaemon

extension Logger {
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

/// Runs `body` with a whole master that has an embedded broker and its own database. The master's services do not run.
func withMaster(_ body: (Master) async throws -> Void) async throws {
    let folder = try TestFolder()
    var settings = try MasterSettings(
        engine: .parse([]), topics: .parse([]), localWorkers: 0, workersOption: "local-workers",
        dataDirectory: folder.url.path, limits: IntakeLimits(), environment: EnvironmentSettings([:]),
        defaultLevel: .critical)
    settings.codecProgram = builtMaster
    let master = try await Master(settings: settings, logger: .silent)
    do {
        try await body(master)
    } catch {
        await master.close()
        throw error
    }
    await master.close()
}
