import ArgumentParser
import TileCore

@main
struct MasterMain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "master-main",
        abstract: "Cuts large images into tiles, has workers transform them, and puts the result together.",
        version: TileworkVersion.current,
        subcommands: [
            ServeCommand.self, CheckCommand.self, ProcessCommand.self, KeysCommand.self, TopicsCommand.self,
        ],
        defaultSubcommand: ServeCommand.self)

    /// Runs the command with its arguments as bytes, because names of files need not be UTF-8.
    static func main() async {
        StandardDescriptors.fill()
        if CommandLine.arguments.dropFirst().first == CodecServer.command { CodecServer.run() }
        await main(ProgramArguments.all)
    }
}
