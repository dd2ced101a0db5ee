import Foundation
import Glibc

/// A file system of 64 KiB in memory, for tests of a full disk. Only root can mount one.
final class TinyDisk: Sendable {
    static let bytes = 65_536

    /// Whether this process may mount file systems. Asked once.
    static let isPossible = (try? TinyDisk()) != nil

    let path: String

    init() throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "tilework-disk-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        path = place.path
        let result = unsafe "size=\(Self.bytes)".withCString { options in
            unsafe mount("tmpfs", place.path, "tmpfs", 0, options)
        }
        guard result == 0 else {
            let number = errno
            try? FileManager.default.removeItem(at: place)
            throw POSIXError(POSIXErrorCode(rawValue: number) ?? .EPERM)
        }
    }

    func file(_ name: String) -> String { path + "/" + name }

    func contents() throws -> [String] { try FileManager.default.contentsOfDirectory(atPath: path) }

    /// Takes all space except `bytes`, rounded to pages.
    func leave(_ bytes: Int) throws {
        try Data(count: Self.bytes - bytes).write(to: URL(filePath: file("ballast")))
    }

    deinit {
        _ = unsafe umount2(path, Int32(MNT_DETACH))
        try? FileManager.default.removeItem(atPath: path)
    }
}
