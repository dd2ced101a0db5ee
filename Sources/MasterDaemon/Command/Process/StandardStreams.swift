import SystemPackage

/// Text on standard output and standard error. Nobody has to read it: an end that is closed ends no work.
enum StandardStreams {
    /// - Returns: whether it could be written.
    @discardableResult
    static func output(_ text: String) -> Bool { write(text, to: .standardOutput) }

    static func error(_ text: String) { _ = write(text, to: .standardError) }

    private static func write(_ text: String, to stream: FileDescriptor) -> Bool {
        (try? stream.writeAll(text.utf8)) != nil
    }
}
