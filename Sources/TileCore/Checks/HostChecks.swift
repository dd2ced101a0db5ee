/// What both daemons need of the host.
public enum HostChecks {
    /// A file that an option names.
    public struct File: Sendable {
        let option: String
        let path: String
        let isSecret: Bool

        /// - Parameter option: without its hyphens in front.
        public init(_ option: String, _ path: String, isSecret: Bool) {
            self.option = option
            self.path = path
            self.isSecret = isSecret
        }
    }

    /// Whether the check says anything of the rights of others: root can read everything.
    public static func user() -> Finding {
        let name = ProcessRights.userName
        guard name == "root" else { return .ok("user", name) }
        return .warning(
            "user", "root, who may read every file",
            do: "run this as the user of the service, as in 'runuser -u tilework -- …'")
    }

    /// Whether a file can be read, and by whom else.
    public static func file(_ file: File) -> Finding {
        let subject = "--\(file.option)"
        let path = RawPath(file.path)
        if let obstacle = FileObstacle.find(at: path, for: .read) {
            return .fault(
                subject, "\(file.path) cannot be read: \(obstacle)",
                do: obstacle.isMissing ? "put it there, or name another one" : "give that user the right to read it")
        }
        if file.isSecret, let facts = try? FileFacts.of(path), facts.isOpenToAll {
            return .warning(
                subject, "every user of this machine can read \(file.path)", do: "chmod o-rwx \(file.path)")
        }
        return .ok(subject, file.path)
    }

    /// The files among the words of `--kafka-config`.
    public static func files(in words: [String]) -> [String] {
        words.filter { $0.hasPrefix("@") }.map { String($0.dropFirst()) }
    }

    /// Variables that look like settings and are none.
    /// - Parameter warnings: of `EnvironmentSettings`.
    public static func variables(_ warnings: [String]) -> [Finding] {
        warnings.isEmpty
            ? [.ok("environment", "all variables of Tilework's are settings")]
            : warnings.map { .warning("environment", $0) }
    }
}
