/// Checks of the host for both daemons.
public enum HostChecks {
    /// A file that an option names.
    public struct File: Sendable {
        let option: String
        let path: String
        let isSecret: Bool

        /// - Parameter option: without leading hyphens.
        public init(_ option: String, _ path: String, isSecret: Bool) {
            self.option = option
            self.path = path
            self.isSecret = isSecret
        }
    }

    /// Warns if the check runs as root. Root can read every file, so the checks prove nothing about the service's user.
    public static func user() -> Finding {
        let name = ProcessRights.userName
        guard name == "root" else { return .ok("user", name) }
        return .warning(
            "user", "root, who may read every file",
            do: "run this as the user of the service, as in 'runuser -u tilework -- …'")
    }

    /// Checks that a file can be read, and that not all users can read a secret.
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

    /// The files that `--kafka-config` names.
    public static func files(in words: [String]) -> [String] {
        words.filter { $0.hasPrefix("@") }.map { String($0.dropFirst()) }
    }

    /// Reports variables with Tilework's prefix that are no settings.
    /// - Parameter warnings: from `EnvironmentSettings`.
    public static func variables(_ warnings: [String]) -> [Finding] {
        warnings.isEmpty
            ? [.ok("environment", "all TILEWORK_ variables are settings")]
            : warnings.map { .warning("environment", $0) }
    }
}
