/// The folder with a systemd unit's credentials (`LoadCredential=`): copies of secrets that only root can read
/// elsewhere.
///
/// A setting for a file can name a credential as `credential:NAME`. A file of variables (`EnvironmentFile=`) could not
/// name its path, because each unit has another folder.
public struct CredentialsFolder: Sendable {
    static let prefix = "credential:"

    /// `nil` for a process without credentials.
    let path: String?

    /// - Parameter path: the value of `CREDENTIALS_DIRECTORY`; `nil` if it is not set.
    public init(path: String?) { self.path = path }

    /// The path of a file that a setting names.
    /// - Throws: if the setting names a credential, but the name is not valid or this process has no credentials.
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
                    + "LoadCredential=\(name), and sets CREDENTIALS_DIRECTORY")
        }
        return "\(path)/\(name)"
    }
}

extension EnvironmentSettings {
    /// The path of a file that an option or its variable names, possibly as a credential.
    public func file(_ given: String?, _ option: String) throws(SettingsError) -> String? {
        guard let text = try text(given, option) else { return nil }
        do {
            return try credentials.resolve(text)
        } catch {
            throw SettingsError("--\(option): \(error.description)")
        }
    }
}
