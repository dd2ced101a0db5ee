import TileCore

/// The source of an image.
enum ProcessSource: Sendable {
    case file(RawPath, FileIdentity)
    /// A path that can be read only once, from beginning to end.
    case pipe(RawPath, FileIdentity)
    /// - Parameter isWhole: whether standard input can be opened a second time, from its start.
    case standardInput(FileIdentity?, isWhole: Bool)

    /// - Parameter argument: a path, or `-` for standard input.
    /// - Throws: if it is clear beforehand that there is no image to read.
    init(_ argument: RawPath) throws(ServiceError) {
        do throws(FileError) {
            self = argument == .dash ? try Self.ofStandardInput() : try Self.ofFile(argument)
        } catch {
            throw ServiceError(.badRequest, "the input \(argument.shownName) cannot be read: \(error.reason)")
        }
    }

    private static func ofFile(_ path: RawPath) throws(FileError) -> ProcessSource {
        let facts = try FileFacts.of(path)
        switch facts.kind {
        case .file, .pipe: break
        case .folder: throw FileError("it is a folder")
        case .link, .socket, .device: throw FileError("it is a \(facts.kind.rawValue), not a file")
        }
        try FileFacts.checkReadable(path)
        return facts.kind == .pipe ? .pipe(path, facts.identity) : .file(path, facts.identity)
    }

    private static func ofStandardInput() throws(FileError) -> ProcessSource {
        let input = try OpenFile.standardInput()
        guard !input.isTerminal else { throw FileError("it is a terminal; redirect an image to it, as in '< in.png'") }
        guard input.facts.kind != .folder else { throw FileError("it is a folder") }
        return .standardInput(
            input.facts.kind == .file ? input.facts.identity : nil, isWhole: input.canBeReopened)
    }

    /// The argument that names the source.
    var path: RawPath {
        switch self {
        case .file(let path, _), .pipe(let path, _): path
        case .standardInput: .dash
        }
    }

    /// The identity of the file or pipe, if it has a name or is a file.
    var identity: FileIdentity? {
        switch self {
        case .file(_, let identity), .pipe(_, let identity): identity
        case .standardInput(let identity, _): identity
        }
    }

    /// Whether the source can be read once for a check, and then again. A pipe can be read only once. So can a
    /// descriptor that is not at its file's start, or that belongs to another user.
    var canBeReadTwice: Bool {
        switch self {
        case .file: true
        case .pipe: false
        case .standardInput(_, let isWhole): isWhole
        }
    }

    /// Opens the source. The content of a pipe is first copied to a file without a name. Blocks.
    /// - Parameters:
    ///   - limit: the largest accepted size in bytes.
    ///   - check: called several times a second while `open` waits for a pipe. An error of `check` ends the wait.
    func open(limit: Int, check: () throws -> Void) throws -> OpenFile {
        let file = if case .standardInput = self { try OpenFile.standardInput() } else { try OpenFile(path) }
        if file.canBeReopened { return file }
        return try file.spooled(in: .temporaryFolder, limit: limit, check: check)
    }
}

extension RawPath {
    /// The argument for standard input and standard output.
    static let dash = RawPath("-")

    /// The name for messages about inputs.
    var shownName: String { self == .dash ? "standard input" : "\(self)" }
}
