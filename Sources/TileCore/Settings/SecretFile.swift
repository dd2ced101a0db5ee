import Foundation

/// A file with a secret in it, as an option names it.
public struct SecretFile: Sendable {
    /// The secret, without white space around it.
    public let text: String
    /// What whoever runs the program should know of the file; `nil` if nothing is wrong.
    public let warning: String?

    /// Reads it. Can wait for a disk.
    /// - Parameter option: without its hyphens in front.
    /// - Throws: if it cannot be read, or is empty.
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

    /// - Returns: what to say of a file that holds a secret; `nil` if nothing is wrong.
    public static func warning(_ facts: FileFacts, _ path: String, option: String) -> String? {
        guard facts.isOpenToAll else { return nil }
        return "--\(option): every user of this machine can read '\(path)'; take that right away with chmod o-rwx"
    }
}
