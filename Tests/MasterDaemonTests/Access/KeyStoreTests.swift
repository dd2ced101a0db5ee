import Foundation
import Testing

@testable import MasterDaemon

@Suite struct KeyStoreTests {
    private let folder: TestFolder
    private let store: KeyStore
    private let now = Date.wholeSeconds()

    init() throws {
        folder = try TestFolder()
        store = KeyStore(folder: folder.url.path)
    }

    private var file: String { folder.url.path + "/keys.json" }

    private func create(_ name: String, in store: KeyStore? = nil) throws -> APIKey {
        try (store ?? self.store).update { try $0.create(name, role: .viewer, expiresAt: nil, now: now) }
    }

    private func use(_ hash: String, _ time: Date) throws -> KeyRecord? {
        let key = try store.look().key(opening: hash, at: time)
        if let key { store.note(use: key, at: time) }
        return key
    }

    @Test func withoutAFileThereAreNoKeys() throws {
        #expect(try !store.look().hasKeys)
        #expect(try use(APIKey().hash, now) == nil)
    }

    /// A running master sees changes made on the command line at its next request.
    @Test func changesOfAnotherProcessAreSeenAtOnce() throws {
        let other = KeyStore(folder: folder.url.path)
        for number in 0..<50 {
            let key = try create("lab-\(number)", in: other)
            #expect(try use(key.hash, now)?.name == "lab-\(number)")
            try other.update { try $0.revoke("lab-\(number)", now: now) }
            #expect(try use(key.hash, now) == nil)
        }
    }

    @Test func concurrentChangesLoseNothing() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 {
                group.addTask { [folder] in
                    let store = KeyStore(folder: folder.url.path)
                    _ = try store.update {
                        try $0.create("lab-\(number)", role: .viewer, expiresAt: nil, now: Date.wholeSeconds())
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.ring().keys.count == 40)
    }

    @Test func noSecretIsInTheFileAndNobodyElseMayReadIt() throws {
        let key = try create("lab")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(!text.contains(key.text) && !text.contains(String(key.text.dropFirst(9))) && text.contains(key.hash))
        for name in ["keys.json", "keys.json.lock"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder.url.path)/\(name)")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    /// With a damaged or missing file all requests are refused.
    @Test func withoutItsFileAMasterLetsNobodyIn() throws {
        let key = try create("lab")
        try Data("{".utf8).write(to: URL(filePath: file))
        #expect(throws: ServiceError.self) { try use(key.hash, now) }
        try FileManager.default.removeItem(atPath: file)
        #expect(throws: ServiceError.self) { try use(key.hash, now) }
        #expect(throws: ServiceError.self) { try store.look().hasKeys }
    }

    @Test func theLastUseIsWrittenDown() throws {
        let key = try create("lab")
        let time = now + 1000
        _ = try use(key.hash, time)
        #expect(try KeyStore(folder: folder.url.path).ring()["lab"]?.lastUsedAt == nil)
        try store.noteUses()
        #expect(try KeyStore(folder: folder.url.path).ring()["lab"]?.lastUsedAt == time)
        // A second use within the same minute is not written.
        let before = try Data(contentsOf: URL(filePath: file))
        _ = try use(key.hash, time + 30)
        try store.noteUses()
        #expect(try Data(contentsOf: URL(filePath: file)) == before)
    }

    /// The reason is logged once, and so is the recovery.
    @Test func anUnreadableFileIsLoggedOnce() throws {
        let log = LogLines()
        let store = KeyStore(folder: folder.url.path, logger: log.logger)
        _ = try create("lab")
        _ = try store.look()
        let bytes = try Data(contentsOf: URL(filePath: file))
        try Data("{".utf8).write(to: URL(filePath: file))
        for _ in 0..<5 { #expect(throws: ServiceError.self) { try store.look() } }
        let said = log.lines
        #expect(said.count == 1)
        #expect(said.first?.contains(file) == true)
        try bytes.write(to: URL(filePath: file))
        for _ in 0..<5 { _ = try store.look() }
        #expect(log.lines.count == 2)
        #expect(log.lines.last?.contains("can be read again") == true)
    }

    // MARK: Links

    /// A user who can write the folder can put links at the paths that the master writes.
    @Test func aLinkInThePlaceOfItsNewFileIsReplacedAndNotFollowed() throws {
        let victim = folder.url.appending(path: "victim").path
        try Data("mine".utf8).write(to: URL(filePath: victim))
        try FileManager.default.createSymbolicLink(atPath: "\(file).part", withDestinationPath: victim)
        let key = try create("lab")
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "mine")
        #expect(try use(key.hash, now) != nil)
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.type] as? FileAttributeType == .typeRegular)
    }

    @Test func aLinkInThePlaceOfItsLockIsRefused() throws {
        let victim = folder.url.appending(path: "victim").path
        try FileManager.default.createSymbolicLink(atPath: "\(file).lock", withDestinationPath: victim)
        #expect(throws: (any Error).self) { try create("lab") }
        #expect(!FileManager.default.fileExists(atPath: victim))
        #expect(!FileManager.default.fileExists(atPath: file))
    }

    /// A process that is killed while it writes leaves such a file.
    @Test func aHalfWrittenFileIsReplaced() throws {
        try Data("{".utf8).write(to: URL(filePath: "\(file).part"))
        let key = try create("lab")
        #expect(try use(key.hash, now) != nil)
    }
}
