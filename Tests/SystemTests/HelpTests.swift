import Foundation
import Subprocess
import Testing

extension SystemTests {
    /// The programs' help.
    @Suite struct HelpTests {
        private func help(_ program: String, _ arguments: [String]) async throws -> String {
            let run = try await ProgramOutput.of(program, arguments + ["--help"], environment: ["COLUMNS": "200"])
            #expect(run.status == .exited(0))
            return run.output
        }

        /// The help of every option names its environment variable.
        @Test(arguments: [["serve"], ["check"], ["process"], ["topics"], []]) func everyOptionNamesItsVariable(
            _ command: [String]
        ) async throws {
            let program = command.isEmpty ? Programs.worker : Programs.master
            let text = try await help(program, command)
            let options = text.matches(of: /\n +--([a-z-]+)/).map { String($0.1) }
            #expect(options.count > 3)
            for option in options where !["help", "version", "check"].contains(option) {
                let name = "TILEWORK_" + option.uppercased().replacing("-", with: "_")
                #expect(text.contains(name), "\(command): \(name)")
            }
        }

        @Test func helpListsVariablesWithoutOptions() async throws {
            #expect(try await help(Programs.worker, []).contains("TILEWORK_WORKER_ID"))
            #expect(try await help(Programs.master, ["serve"]).contains("TILEWORK_WORKER_MAIN"))
            #expect(try await help(Programs.master, ["process"]).contains("TILEWORK_WORKER_MAIN"))
        }

        @Test func masterNamesItsCommands() async throws {
            let text = try await help(Programs.master, [])
            for command in ["serve", "check", "process", "topics"] { #expect(text.contains(command)) }
        }
    }
}
