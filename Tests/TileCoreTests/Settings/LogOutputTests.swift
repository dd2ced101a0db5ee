import Foundation
import Logging
import Synchronization
import Testing

@testable import TileCore

@Suite struct LogOutputTests {
    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private func lines(
        _ format: LogOutput.Format, isForJournal: Bool, level: Logger.Level = .info, _ body: (Logger) -> Void
    ) -> [String] {
        let lines = Lines()
        let logger = Logger(label: "master") { label in
            LineLogHandler(label: label, logLevel: level, format: format, isForJournal: isForJournal) { line in
                lines.all.withLock { $0.append(line) }
            }
        }
        body(logger)
        return lines.all.withLock { $0 }
    }

    @Test func linesForTheJournalHaveTheirPriorityAndNoTime() {
        let found = lines(.text, isForJournal: true, level: .trace) { logger in
            logger.info("completed", metadata: ["job": "7", "a": "b"])
            for level in Logger.Level.allCases { logger.log(level: level, "x") }
        }
        #expect(found.first == "<6>info master: a=b job=7 completed\n")
        #expect(found.dropFirst().map { String($0.prefix(3)) } == ["<7>", "<7>", "<6>", "<5>", "<4>", "<3>", "<2>"])
    }

    /// Text after a newline would be another entry of the journal, possibly with a forged priority.
    @Test func anEntryIsOneLine() {
        let found = lines(.text, isForJournal: true) { $0.warning("first\nsecond", metadata: ["reason": "a\r\nb"]) }
        #expect(found == ["<4>warning master: reason=a b first second\n"])
        let json = lines(.json, isForJournal: false) { $0.warning("first\nsecond") }
        #expect(json.count == 1 && json[0].filter(\.isNewline).count == 1)
    }

    @Test func entriesAsJSON() throws {
        let found = lines(.json, isForJournal: false) { logger in
            var logger = logger
            logger[metadataKey: "worker"] = "w"
            logger.warning("a \"quoted\" word", metadata: ["job": "7", "level": "not the entry's"])
            logger.debug("is not written")
        }
        #expect(found.count == 1)
        let object = try JSONDecoder().decode([String: String].self, from: Data(found[0].utf8))
        #expect(object["message"] == "a \"quoted\" word" && object["job"] == "7" && object["worker"] == "w")
        #expect(object["level"] == "warning" && object["logger"] == "master")
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let time = try Date(try #require(object["time"]), strategy: style)
        #expect(abs(time.timeIntervalSinceNow) < 60)
    }

    @Test func theJournalIsRecognizedByItsFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("journal")
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        var facts = stat()
        #expect(unsafe fstat(file.fileDescriptor, &facts) == 0)
        let name = "\(facts.st_dev):\(facts.st_ino)"
        #expect(LogOutput.leadsToJournal(name, file.fileDescriptor))
        #expect(!LogOutput.leadsToJournal("\(facts.st_dev):\(facts.st_ino + 1)", file.fileDescriptor))
        #expect(!LogOutput.leadsToJournal(nil, file.fileDescriptor))
        #expect(!LogOutput.leadsToJournal(name, -1))
    }
}
