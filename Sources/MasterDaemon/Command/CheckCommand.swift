import ArgumentParser
import Foundation
import TileCore

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Look at all that 'serve' needs, say what is wrong and how to mend it, and change nothing.",
        discussion: """
            It takes the options and the environment of 'serve'. Each line is 'ok', 'warning' or 'FAILED'. Run it as the user \
            of the service.

            Exit status: 0 if the master can work, 78 if something on this host has to be changed first, 69 if what is \
            wrong is elsewhere or may pass, as brokers that are away.
            """)

    @OptionGroup var serve: ServeCommand

    func run() async throws {
        let environment = EnvironmentSettings()
        var checks = [Check { [HostChecks.user()] }, Check { MasterChecks.files(serve, environment) }]
        do {
            let plan = try serve.plan(environment)
            let warnings = environment.warnings(besides: ServeCommand.otherVariables)
            checks += MasterChecks(plan: plan, warnings: warnings).all
        } catch {
            let words = CommandErrors.reason(error) ?? "\(error)"
            checks.append(Check { [.fault("settings", words)] })
        }
        let status = await Check.all(checks) { finding in
            FileHandle.standardOutput.write(Data("\(finding.line)\n".utf8))
        }
        if status != 0 { throw ExitCode(status) }
    }
}
