/// The folder in which systemd puts what a unit's `LoadCredential=` names: secrets that root alone can read elsewhere.
///
/// A setting that names a file can name such a one as `credential:NAME`. Variables in a file of systemd's
/// (`EnvironmentFile=`) could not name it otherwise, since the folder is another one for each unit.
public struct CredentialsFolder: Sendable {
    static let prefix = "credential:"

    /// `nil` for a process that has none.
    let path: String?

    /// By `CREDENTIALS_DIRECTORY`; `nil` without it.
    public init(path: String?) { self.path = path }

    /// The path of a file as a setting names it.
    /// - Throws: if it is a credential, and there are none.
    public func resolve(_ text: String) throws(SettingsError) -> String {
        guard text.hasPrefix(Self.prefix) else { return text }
        let name = text.dropFirst(Self.prefix.count)
        guard !name.isEmpty, !name.contains("/"), name != ".", name != ".." else {
            throw SettingsError(
                "'\(text)' names no credential; it takes \(Self.prefix)NAME, with a name from LoadCredential=")
        }
        guard let path else {
            throw SettingsError(
                "'\(text)' names a credential, but this process has none: systemd gives them to a unit with "
                    + "LoadCredential=\(name), and tells it by CREDENTIALS_DIRECTORY")
        }
        return "\(path)/\(name)"
    }
}

extension EnvironmentSettings {
    /// The path of a file that an option or its variable names, credentials among them.
    public func file(_ given: String?, _ option: String) throws(SettingsError) -> String? {
        guard let text = try text(given, option) else { return nil }
        do {
            return try credentials.resolve(text)
        } catch {
            throw SettingsError("--\(option): \(error.description)")
        }
    }
}
