internal import Glibc

/// The reason why a process cannot use a file: the place of the obstacle, its cause, and the user.
public struct FileObstacle: Sendable, Hashable, CustomStringConvertible {
    public enum Use: Sendable, Hashable {
        case read
        case write
        /// For a folder: to look up and create files in it.
        case fill
    }

    enum Cause: Sendable, Hashable {
        case missing
        /// It is no folder, but the path continues.
        case noFolder
        /// Permission denied; with the facts of the place if they can be read.
        case closed(FileFacts?)
        /// A system call has failed with this number.
        case other(Int32)
    }

    /// The requested path.
    let path: RawPath
    /// The place of the obstacle: `path`, or a folder on the way to it.
    let place: RawPath
    let cause: Cause
    /// The user of this process: name and number.
    let user: String

    /// Whether the file or folder does not exist. It may be created later.
    public var isMissing: Bool { cause == .missing }

    /// The obstacle in words, without the requested path.
    public var description: String {
        let isOnTheWay = place != path
        return switch cause {
        case .missing: isOnTheWay ? "there is no folder \(place)" : "there is no such file"
        case .noFolder: "\(place) is no folder"
        case .closed(let facts):
            "permission denied for \(user)" + (facts.map { "; " + Self.words($0, isOnTheWay ? place : nil) } ?? "")
        case .other(let number): systemErrorText(number)
        }
    }

    /// - Parameter folder: the folder on the way; `nil` for the file itself.
    private static func words(_ facts: FileFacts, _ folder: RawPath?) -> String {
        let mode = String(facts.mode & 0o7777, radix: 8)
        let owner = "\(AccountName.ofUser(facts.owner)):\(AccountName.ofGroup(facts.group))"
        return (folder.map { "the folder \($0)" } ?? "it") + " belongs to \(owner) and has the mode "
            + String(repeating: "0", count: max(0, 4 - mode.count)) + mode
    }
}

extension FileObstacle {
    /// Finds the obstacle to the use of a file or folder, following links; `nil` if there is none. Can wait for a disk.
    public static func find(at path: RawPath, for use: Use) -> FileObstacle? {
        let user = "the user \(ProcessRights.userName) (uid \(geteuid()))"
        func obstacle(_ place: RawPath, _ number: Int32, facts: FileFacts? = nil) -> FileObstacle {
            let cause: Cause =
                switch number {
                case ENOENT: .missing
                case ENOTDIR: .noFolder
                case EACCES, EPERM: .closed(facts)
                default: .other(number)
                }
            return FileObstacle(path: path, place: place, cause: cause, user: user)
        }
        for folder in path.foldersOnTheWay {
            guard let facts = try? FileFacts.of(folder) else { return obstacle(folder, lookError(at: folder)) }
            guard facts.kind == .folder else { return obstacle(folder, ENOTDIR) }
            if let number = accessError(at: folder, X_OK) { return obstacle(folder, number, facts: facts) }
        }
        let facts: FileFacts
        do throws(FileError) {
            facts = try FileFacts.of(path)
        } catch {
            return obstacle(path, error.number)
        }
        if use == .fill, facts.kind != .folder { return obstacle(path, ENOTDIR) }
        if use != .fill, facts.kind == .folder { return obstacle(path, EISDIR) }
        return accessError(at: path, use.mode).map { obstacle(path, $0, facts: facts) }
    }

    /// Finds the obstacle to writing a file, which may have to be created.
    public static func find(whenWriting path: RawPath) -> FileObstacle? {
        guard let obstacle = find(at: path, for: .write) else { return nil }
        return obstacle.isMissing && obstacle.place == path ? find(at: path.folder, for: .fill) : obstacle
    }

    private static func lookError(at path: RawPath) -> Int32 {
        do throws(FileError) {
            _ = try FileFacts.of(path)
            return 0
        } catch {
            return error.number
        }
    }

    private static func accessError(at path: RawPath, _ mode: Int32) -> Int32? {
        unsafe path.withCString { unsafe faccessat(AT_FDCWD, $0, mode, AT_EACCESS) } == 0 ? nil : errno
    }
}

extension FileObstacle.Use {
    fileprivate var mode: Int32 {
        switch self {
        case .read: R_OK
        case .write: W_OK
        case .fill: W_OK | X_OK
        }
    }
}

extension RawPath {
    /// The folders on the path, from the outermost to the innermost.
    var foldersOnTheWay: [RawPath] {
        var folders: [RawPath] = []
        var next = folder
        while next != folders.first {
            folders.insert(next, at: 0)
            next = next.folder
        }
        return folders
    }
}
