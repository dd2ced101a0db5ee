import SystemPackage

/// Text on standard output and standard error. Nobody has to read it: an end that is closed ends no work.
enum StandardStreams {
    /// - Throws: why it could not be written.
    static func output(_ text: String) throws(Errno) { try write(text, to: .standardOutput) }

    static func error(_ text: String) { try? write(text, to: .standardError) }

    private static func write(_ text: String, to stream: FileDescriptor) throws(Errno) {
        do {
            try stream.writeAll(text.utf8)
        } catch {
            throw error as? Errno ?? .ioError
        }
    }
}
