internal import Foundation
public import Logging

/// Sets up the daemons' logging.
public enum LogOutput {
    /// The format of log lines.
    public enum Format: String, Sendable, CaseIterable {
        /// For people.
        case text
        /// An object of JSON, for programs.
        case json
    }

    /// Sends all log lines to standard error, because standard output is for results.
    ///
    /// Lines for systemd's journal start with their priority and have no time, because the journal adds it.
    /// - Parameter provider: adds metadata of the current task.
    public static func bootstrap(
        level: Logger.Level, format: Format = .text, provider: Logger.MetadataProvider? = nil
    ) {
        let isJournal = leadsToJournal(
            ProcessInfo.processInfo.environment["JOURNAL_STREAM"], FileHandle.standardError.fileDescriptor)
        LoggingSystem.bootstrap(
            { label, provider in
                guard isJournal || format == .json else {
                    var handler = StreamLogHandler.standardError(label: label, metadataProvider: provider)
                    handler.logLevel = level
                    return handler
                }
                var handler = LineLogHandler(label: label, logLevel: level, format: format, isForJournal: isJournal) {
                    // One write per line, so that lines of several threads and processes do not mix. Errors are
                    // ignored, because standard error may be closed.
                    try? FileHandle.standardError.write(contentsOf: Data($0.utf8))
                }
                handler.metadataProvider = provider
                return handler
            }, metadataProvider: provider)
    }

    /// The format from the option `--log-format` or the environment.
    public static func format(_ given: String?, _ environment: EnvironmentSettings) throws(SettingsError) -> Format {
        guard let text = try environment.text(given, "log-format") else { return .text }
        guard let format = Format(rawValue: text) else {
            throw SettingsError(
                "--log-format is '\(text)'; it takes \(Format.allCases.map(\.rawValue).joined(separator: " or "))")
        }
        return format
    }

    /// Whether a descriptor is connected to systemd's journal. `JOURNAL_STREAM` has the device and inode of the
    /// journal's socket. They are compared, because child processes with another standard error inherit the variable.
    static func leadsToJournal(_ variable: String?, _ descriptor: Int32) -> Bool {
        guard let variable, let facts = try? FileFacts.of(descriptor: descriptor) else { return false }
        return variable == "\(facts.identity.device):\(facts.identity.inode)"
    }

    /// The levels by name, for messages.
    public static let levels = Logger.Level.allCases.map(\.rawValue).joined(separator: ", ")
}

/// Writes each log entry as one line.
struct LineLogHandler: LogHandler {
    let label: String
    var logLevel: Logger.Level
    let format: LogOutput.Format
    let isForJournal: Bool
    let write: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?

    init(
        label: String, logLevel: Logger.Level, format: LogOutput.Format, isForJournal: Bool,
        write: @escaping @Sendable (String) -> Void
    ) {
        self.label = label
        self.logLevel = logLevel
        self.format = format
        self.isForJournal = isForJournal
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        var all = metadata
        if let provided = metadataProvider?.get() { all.merge(provided) { $1 } }
        if let explicit = event.metadata { all.merge(explicit) { $1 } }
        let message = "\(event.message)"
        let text = format == .json ? json(event.level, message, all) : Self.plain(label, event.level, message, all)
        write((isForJournal ? "<\(event.level.priority)>" : "") + text + "\n")
    }

    private static func plain(
        _ label: String, _ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata
    ) -> String {
        let fields = metadata.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let line = ["\(level.rawValue) \(label):", fields.joined(separator: " "), message]
            .filter { !$0.isEmpty }.joined(separator: " ")
        // A newline would start another entry of the journal, without a priority.
        return line.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    private func json(_ level: Logger.Level, _ message: String, _ metadata: Logger.Metadata) -> String {
        // The line's own fields override metadata of the same names.
        var fields = metadata.mapValues { "\($0)" }
        fields["time"] = Date().formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        fields["level"] = level.rawValue
        fields["logger"] = label
        fields["message"] = message
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(fields)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

extension Logger.Level {
    /// The syslog severity (RFC 5424, 6.2.1), which `sd-daemon(3)` expects at the start of a line.
    var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }
}
