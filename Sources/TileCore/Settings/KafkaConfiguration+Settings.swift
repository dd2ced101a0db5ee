internal import Foundation

extension KafkaConfiguration {
    /// librdkafka's properties that name a file. Some of them may also name a folder.
    static let fileProperties = [
        "ssl.ca.location", "ssl.certificate.location", "ssl.key.location", "ssl.keystore.location", "ssl.crl.location",
        "sasl.kerberos.keytab",
    ]

    /// The properties of `--kafka-config` or its variable, including those in files.
    /// - Throws: `SettingsError` that names the property or the file, but never a value, which may be a secret.
    public static func properties(
        _ given: [String], _ environment: EnvironmentSettings
    ) throws(SettingsError) -> [String: String] {
        let words = try environment.list(given, "kafka-config")
        var properties: [String: String]
        do throws(KafkaError) {
            properties = try parse(words, credentials: environment.credentials)
        } catch {
            throw SettingsError(error.reason)
        }
        for name in fileProperties {
            guard let text = properties[name] else { continue }
            let path = try environment.credentials.resolve(text)
            properties[name] = path
            try check(path, name)
        }
        return properties
    }

    /// Parses words `key=value`, and the lines of the file for each word `@FILE`.
    public static func parse(
        _ words: [String], credentials: CredentialsFolder = CredentialsFolder(path: nil)
    ) throws(KafkaError) -> [String: String] {
        var properties: [String: String] = [:]
        for word in words {
            guard word.hasPrefix("@") else {
                try add(Substring(word), from: "of --kafka-config", to: &properties)
                continue
            }
            let path = try Self.path(String(word.dropFirst()), credentials)
            for line in try Self.text(of: path).split(whereSeparator: \.isNewline) {
                let text = trimmed(line)
                if text.isEmpty || text.hasPrefix("#") { continue }
                try add(text, from: "in \(path)", to: &properties)
            }
        }
        return properties
    }

    private static func path(_ text: String, _ credentials: CredentialsFolder) throws(KafkaError) -> String {
        do throws(SettingsError) {
            return try credentials.resolve(text)
        } catch {
            throw KafkaError(.configuration, "--kafka-config: \(error.description)")
        }
    }

    private static func text(of path: String) throws(KafkaError) -> String {
        do throws(FileError) {
            guard let text = String(validating: try NamedFile.bytes(of: path), as: UTF8.self) else {
                throw FileError("\(path) cannot be read: it is no text in UTF-8")
            }
            return text
        } catch {
            throw KafkaError(.configuration, "--kafka-config: the settings file \(error.reason)")
        }
    }

    /// Checks that a file can be read, because librdkafka's error would be that of its TLS library and would not name
    /// the user.
    private static func check(_ path: String, _ property: String) throws(SettingsError) {
        let place = RawPath(path)
        // A folder of certificates, or a word such as 'probe', is left to librdkafka.
        guard path.contains("/"), (try? FileFacts.of(place))?.kind != .folder,
            let obstacle = FileObstacle.find(at: place, for: .read)
        else { return }
        throw SettingsError("Kafka property \(property): the file \(path) cannot be read: \(obstacle)")
    }

    private static func add(_ text: Substring, from place: String, to properties: inout [String: String])
        throws(KafkaError)
    {
        let sides = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard sides.count == 2, !trimmed(sides[0]).isEmpty else {
            // The text may be a secret without its key, so the error does not repeat it.
            throw KafkaError(.configuration, "a setting \(place) is not of the form key=value")
        }
        properties[String(trimmed(sides[0]))] = String(trimmed(sides[1]))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let head = text.drop(while: \.isWhitespace)
        let end = head.lastIndex { !$0.isWhitespace }
        return end.map { head[...$0] } ?? ""
    }
}
