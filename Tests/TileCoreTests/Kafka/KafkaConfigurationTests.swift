import Foundation
import Logging
import Testing

@testable import TileCore

@Suite(.timeLimit(.minutes(10))) struct KafkaConfigurationTests {
    @Test func brokersAreAProperty() {
        var configuration = KafkaConfiguration(brokers: "a:1,b:2", properties: ["linger.ms": "7"])
        #expect(configuration.brokers == "a:1,b:2")
        #expect(configuration.properties == ["bootstrap.servers": "a:1,b:2", "linger.ms": "7"])
        configuration["linger.ms"] = nil
        configuration["acks"] = "all"
        #expect(configuration["linger.ms"] == nil)
        #expect(configuration.over(["acks": "0", "retries": "3"])["acks"] == "all")
        #expect(configuration.over(["acks": "0", "retries": "3"])["retries"] == "3")
    }

    @Test func wordsAreRead() throws {
        #expect(try KafkaConfiguration.parse([]) == [:])
        let words = [
            "security.protocol=SASL_SSL", " sasl.username = tile ", "sasl.password=a=b==", "group.id=", "x=1", "x=2",
        ]
        let expected = [
            "security.protocol": "SASL_SSL", "sasl.username": "tile", "sasl.password": "a=b==", "group.id": "",
            "x": "2",
        ]
        #expect(try KafkaConfiguration.parse(words) == expected)
    }

    @Test func filesAreRead() throws {
        let folder = try TemporaryFolder()
        let text = """
            # credentials of the cluster

              sasl.username = tile\r
            \tsasl.password=pass word # no comment
               # another comment
            ssl.ca.location=/etc/ca.pem
            x=file
            """
        try folder.write(Array(text.utf8), to: "client.properties")
        let words = ["x=before", "@\(folder.file("client.properties"))", "ssl.ca.location=after"]
        let expected = [
            "sasl.username": "tile", "sasl.password": "pass word # no comment", "ssl.ca.location": "after", "x": "file",
        ]
        #expect(try KafkaConfiguration.parse(words) == expected)
    }

    @Test func aFileThatCannotBeReadIsNamed() throws {
        let folder = try TemporaryFolder()
        try folder.write([0x61, 0x3D, 0xFF, 0xFE, 0x80], to: "binary")
        for path in [folder.file("missing"), folder.path, folder.file("binary")] {
            let error = #expect(throws: KafkaError.self) { try KafkaConfiguration.parse(["@" + path]) }
            #expect(error?.code == .configuration)
            #expect(error?.reason.contains(path) == true)
        }
    }

    @Test(arguments: ["hunter2", "=hunter2", "  =hunter2", "", "   "]) func secretsAreNotRepeated(word: String) throws {
        let folder = try TemporaryFolder()
        try folder.write(Array("a=1\n# fine\nhunter2\n".utf8), to: "client.properties")
        let onCommandLine = #expect(throws: KafkaError.self) { try KafkaConfiguration.parse(["a=1", word]) }
        #expect(onCommandLine?.code == .configuration)
        #expect(onCommandLine?.reason.contains("hunter2") == false)
        let inFile = #expect(throws: KafkaError.self) {
            try KafkaConfiguration.parse(["@" + folder.file("client.properties")])
        }
        #expect(inFile?.code == .configuration)
        #expect(inFile?.reason.contains("hunter2") == false)
        #expect(inFile?.reason.contains("client.properties") == true)
    }

    /// The clients' defaults must not contradict each other, and must cause no warnings.
    @Test func theDefaultsGoTogether() async throws {
        let configuration = KafkaConfiguration(
            brokers: "127.0.0.1:1", properties: ["fetch.wait.max.ms": "5", "acks": "all"])
        let logs = RecordedLogs()
        let consumer = try KafkaConsumer(configuration, source: .group("g", topics: ["t"]), logger: logs.logger)
        let producer = try KafkaProducer(configuration, logger: logs.logger)
        let admin = try KafkaAdmin(configuration, timeout: 0.1, logger: logs.logger)
        await #expect(throws: KafkaError.self) { try await admin.partitionCounts() }
        await consumer.close()
        await producer.close(within: 0)
        #expect(logs.lines(from: .warning).filter { !$0.contains("no broker answers") } == [])
    }

    @Test func conflictingSettingsCauseWarnings() throws {
        let logs = RecordedLogs()
        _ = try KafkaProducer(
            KafkaConfiguration(brokers: "127.0.0.1:1", properties: ["sasl.mechanism": "PLAIN"]), logger: logs.logger)
        #expect(logs.lines(from: .warning).contains { $0.contains("security.protocol") })
    }

    @Test(
        arguments: [
            ("tasks", true), ("a.b_c-1", true), (String(repeating: "t", count: 249), true), ("", false), (".", false),
            ("..", false), ("a/b", false), ("a b", false), ("größe", false),
            (String(repeating: "t", count: 250), false),
            ("a\n", false), ("^tasks", false),
        ])
    func topicNamesAreKafkas(name: String, isOne: Bool) {
        #expect(KafkaLimits.isTopicName(name) == isOne)
    }
}
