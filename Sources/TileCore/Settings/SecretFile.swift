import Foundation

/// A file with a secret that an option names.
public struct SecretFile: Sendable {
    /// The secret, without surrounding white space.
    public let text: String
    /// A warning about the file for the person who runs the program; `nil` if there is none.
    public let warning: String?

    /// Reads the file. Can wait for a disk.
    /// - Parameter option: the option's name without leading hyphens.
    /// - Throws: if the file cannot be read, or is empty.
    public init(_ path: String, option: String) throws(SettingsError) {
        let bytes: [UInt8]
        do throws(FileError) {
            bytes = try NamedFile.bytes(of: path)
        } catch {
            throw SettingsError("--\(option): the file \(error.reason)")
        }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard !text.isEmpty else { throw SettingsError("--\(option): the file '\(path)' is empty") }
        self.text = text
        warning = (try? FileFacts.of(RawPath(path))).flatMap { Self.warning($0, path, option: option) }
    }

    /// - Returns: a warning if all users can read the file; otherwise `nil`.
    public static func warning(_ facts: FileFacts, _ path: String, option: String) -> String? {
        guard facts.isOpenToAll else { return nil }
        return "--\(option): every user of this machine can read '\(path)'; remove that right with chmod o-rwx"
    }
}
