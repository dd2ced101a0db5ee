import SystemPackage

/// Writes text to standard output and standard error. A closed reader does not end the work.
enum StandardStreams {
    /// - Throws: the error of the write.
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
