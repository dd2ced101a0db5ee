import ArgumentParser
import Foundation
import TileCore

struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Make, list, rotate and revoke the keys that let people and programs in.",
        discussion: """
            A key is shown once, when it is made. It is sent as 'Authorization: Bearer tilework_…', or typed on the log-in \
            page. Roles are viewer (reads), operator (starts and stops jobs), admin (everything) and worker (asks for the \
            addresses of the brokers). A running master applies changes at once.

            Once a key exists, clients need one.
            """,
        subcommands: [Create.self, List.self, Rotate.self, Revoke.self])

    struct Place: ParsableArguments {
        @Option(
            help: ArgumentHelp("The master's data directory. (TILEWORK_DATA_DIR; default ./data)", valueName: "path"))
        var dataDir: String?

        /// Opens the keys. From here on the process has only the rights of the folder's owner.
        /// - Parameter makes: whether a missing folder is created. Only `create` does this: otherwise a mistyped name
        ///   would look like a data directory without keys.
        func keys(makes: Bool = false) throws -> KeyChanges {
            ProcessRights.keepToOwner()
            let folder = try EnvironmentSettings().text(dataDir, "data-dir") ?? "./data"
            let user = ProcessRights.userName
            if FileManager.default.fileExists(atPath: folder) {
                // Otherwise root could follow a link that the folder's owner has planted in it.
                try ProcessRights.become(ownerOf: RawPath(folder))
            } else if !makes {
                throw ServiceError(.notFound, "there is no data directory \(folder); name the master's with --data-dir")
            }
            if makes { try PrivateFolder.make(folder) }
            return KeyChanges(
                store: KeyStore(folder: folder), auditLog: AuditLog.path(in: folder), user: user)
        }
    }

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make a key and show it, this once.",
            discussion: """
                Only the key goes to standard output, so that it can be redirected to a file that nobody else can read: \
                (umask 077; master-main keys create … >worker.key)
                """)

        @Argument(help: "The name of the key: letters, digits, '.', '_' and '-'.")
        var name: String

        @Option(help: ArgumentHelp("The role of the key: viewer, operator, admin or worker.", valueName: "role"))
        var role: String

        @Option(
            help: ArgumentHelp(
                "How long the key is valid, as in 90d; by default until it is revoked.", valueName: "time"))
        var expires: String?

        @OptionGroup var place: Place

        func run() async throws {
            try await CommandErrors.reporting {
                guard let role = Role(text: role) else {
                    throw SettingsError("--role is '\(role)'; there are \(Role.names)")
                }
                let now = Date.wholeSeconds()
                let end = try expires.map { try KeyLifetime.end($0, "--expires", from: now) }
                let secret = try place.keys(makes: true).change(.createKey, name, role: role, expires: end) { ring in
                    try ring.create(name, role: role, expiresAt: end, now: now)
                }
                KeysCommand.show(secret, "This is the key of '\(name)' (\(role.rawValue)). It is not shown again.")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List all keys, without their secrets.")

        @Flag(help: "Print one JSON object.")
        var json = false

        @OptionGroup var place: Place

        func run() async throws {
            try await CommandErrors.reporting {
                let now = Date()
                let keys = try place.keys().store.ring().keys.map { KeyView($0, at: now) }
                let text =
                    if json {
                        String(decoding: try JSONBody.encoded(KeyList(keys: keys)), as: UTF8.self) + "\n"
                    } else {
                        KeyTable(keys: keys).text
                    }
                FileHandle.standardOutput.write(Data(text.utf8))
            }
        }
    }

    struct Rotate: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give a key a new secret and show it, this once; the old secret stays valid for a while.")

        @Argument(help: "The key's name.")
        var name: String

        @Option(
            help: ArgumentHelp(
                "How long the old secret stays valid; 0 ends it at once. (default 24h)", valueName: "time"))
        var overlap: String?

        @Option(
            help: ArgumentHelp(
                "How long the key is valid from now on, as in 90d; by default as before. An expired key needs it.",
                valueName: "time"))
        var expires: String?

        @OptionGroup var place: Place

        func run() async throws {
            try await CommandErrors.reporting {
                let seconds = try overlap.map { try KeyLifetime.seconds($0, "--overlap") } ?? KeyRing.overlap
                let now = Date.wholeSeconds()
                let end = try expires.map { try KeyLifetime.end($0, "--expires", from: now) }
                let secret = try place.keys().change(.rotateKey, name, expires: end) { ring in
                    try ring.rotate(name, overlap: seconds, expiresAt: end, now: now)
                }
                KeysCommand.show(secret, "This is the new key of '\(name)'. It is not shown again.")
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Revoke a key permanently, and end its sessions.")

        @Argument(help: "The key's name.")
        var name: String

        @OptionGroup var place: Place

        func run() async throws {
            try await CommandErrors.reporting {
                try place.keys().change(.revokeKey, name) { try $0.revoke(name, now: Date.wholeSeconds()) }
                FileHandle.standardError.write(Data("The key '\(name)' is revoked.\n".utf8))
            }
        }
    }

    private static func show(_ secret: APIKey, _ words: String) {
        FileHandle.standardError.write(Data("\(words)\n".utf8))
        FileHandle.standardOutput.write(Data("\(secret.text)\n".utf8))
        guard let facts = try? FileFacts.ofStandardOutput(), facts.kind == .file, facts.isOpenToAll else { return }
        FileHandle.standardError.write(
            Data(
                "Warning: every user of this machine can read the file that holds the key; restrict it with chmod 600.\n"
                    .utf8))
    }
}
