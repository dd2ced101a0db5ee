import Testing

@testable import TileCore

@Suite struct CredentialsFolderTests {
    @Test func aCredentialIsAFileInItsFolder() throws {
        let folder = CredentialsFolder(path: "/run/credentials/x.service")
        #expect(try folder.resolve("credential:tls.key") == "/run/credentials/x.service/tls.key")
        #expect(try folder.resolve("/etc/tls.key") == "/etc/tls.key")
        for wrong in ["credential:", "credential:..", "credential:a/b"] {
            #expect(throws: SettingsError.self) { try folder.resolve(wrong) }
        }
    }

    @Test func withoutCredentialsThereAreNone() throws {
        let none = EnvironmentSettings(["TILEWORK_TLS_KEY": "credential:tls.key", "CREDENTIALS_DIRECTORY": ""])
        let error = #expect(throws: SettingsError.self) { try none.file(nil, "tls-key") }
        #expect(error?.description.contains("--tls-key") == true)
        #expect(error?.description.contains("LoadCredential=tls.key") == true)
        let some = EnvironmentSettings(["TILEWORK_TLS_KEY": "credential:tls.key", "CREDENTIALS_DIRECTORY": "/c"])
        #expect(try some.file(nil, "tls-key") == "/c/tls.key")
        #expect(try some.file("/own", "tls-key") == "/own")
        #expect(try some.file(nil, "tls-cert") == nil)
    }

    @Test func kafkaPropertiesAreReadFromCredentials() throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("sasl.password=x\nssl.key.location=credential:key.pem\n".utf8), to: "kafka")
        let environment = EnvironmentSettings([
            "TILEWORK_KAFKA_CONFIG": "@credential:kafka", "CREDENTIALS_DIRECTORY": folder.path,
        ])
        let missing = #expect(throws: SettingsError.self) { try KafkaConfiguration.properties([], environment) }
        #expect(
            missing?.description
                == "Kafka property ssl.key.location: the file \(folder.file("key.pem")) cannot be read: there is no such file"
        )
        try folder.write([1], to: "key.pem")
        #expect(
            try KafkaConfiguration.properties([], environment)
                == ["sasl.password": "x", "ssl.key.location": folder.file("key.pem")])
    }
}
