/// Checks the files that options and variables name, before they are read.
public struct NamedFileChecks {
    private let environment: EnvironmentSettings
    private var findings: [Finding] = []
    private var files: [HostChecks.File] = []

    public init(_ environment: EnvironmentSettings) { self.environment = environment }

    /// Adds a file, if the option or its variable names one.
    /// - Parameters:
    ///   - given: the option's value on the command line.
    ///   - option: the option's name without leading hyphens.
    public mutating func add(_ given: String?, _ option: String, isSecret: Bool) {
        do {
            guard let path = try environment.file(given, option) else { return }
            files.append(HostChecks.File(option, path, isSecret: isSecret))
        } catch {
            findings.append(.fault("--\(option)", error.description))
        }
    }

    /// Adds the files that `--kafka-config` or its variable names.
    public mutating func add(kafkaConfig: [String]) {
        let words = (try? environment.list(kafkaConfig, "kafka-config")) ?? []
        for name in HostChecks.files(in: words) { add(name, "kafka-config", isSecret: true) }
    }

    /// All findings. Reads the file system.
    public var all: [Finding] { findings + files.map(HostChecks.file) }
}
