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

    @Test func withoutAFileThereAreNoKeys() throws {
        #expect(try !store.hasKeys())
        #expect(try store.key(opening: APIKey().hash, at: now) == nil)
    }

    /// What the command line does is known to a running master with its next request.
    @Test func changesOfAnotherProcessAreSeenAtOnce() throws {
        let other = KeyStore(folder: folder.url.path)
        for number in 0..<50 {
            let key = try create("lab-\(number)", in: other)
            #expect(try store.key(opening: key.hash, at: now)?.name == "lab-\(number)")
            try other.update { try $0.revoke("lab-\(number)", now: now) }
            #expect(try store.key(opening: key.hash, at: now) == nil)
        }
    }

    @Test func twoThatChangeItAtOnceLoseNothing() async throws {
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

    /// A file that is damaged or gone lets nobody in.
    @Test func withoutItsFileAMasterLetsNobodyIn() throws {
        let key = try create("lab")
        try Data("{".utf8).write(to: URL(filePath: file))
        #expect(throws: ServiceError.self) { try store.key(opening: key.hash, at: now) }
        try FileManager.default.removeItem(atPath: file)
        #expect(throws: ServiceError.self) { try store.key(opening: key.hash, at: now) }
        #expect(throws: ServiceError.self) { try store.hasKeys() }
    }

    @Test func theLastUseIsWrittenDown() throws {
        let key = try create("lab")
        let use = now + 1000
        _ = try store.key(opening: key.hash, at: use)
        #expect(try KeyStore(folder: folder.url.path).ring()["lab"]?.lastUsedAt == nil)
        try store.noteUses()
        #expect(try KeyStore(folder: folder.url.path).ring()["lab"]?.lastUsedAt == use)
        // Another one within the same minute is no news.
        let before = try Data(contentsOf: URL(filePath: file))
        _ = try store.key(opening: key.hash, at: use + 30)
        try store.noteUses()
        #expect(try Data(contentsOf: URL(filePath: file)) == before)
    }
}
