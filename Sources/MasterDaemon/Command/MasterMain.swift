import ArgumentParser
import TileCore

@main
struct MasterMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "master-main",
        abstract: "Cuts large images into tiles, has workers transform them, and puts the result together.",
        version: TileworkVersion.current,
        subcommands: [ServeCommand.self, TopicsCommand.self],
        defaultSubcommand: ServeCommand.self)
}
