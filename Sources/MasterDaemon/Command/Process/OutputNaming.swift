import TileCore

/// The file or folder that the last argument of `process` names, and the names of results there.
struct OutputNaming: Sendable {
    private enum Kind: Sendable {
        case file(FilePlace)
        case folder
        case newFolder
        case stream
        case standardOutput
    }

    private let target: RawPath
    private let kind: Kind
    /// The longest possible name of a file there, in bytes.
    private let longestName: Int

    /// - Parameter inputs: the number of images. More than one need a folder.
    init(target: RawPath, inputs: Int) throws {
        self.target = target
        try Self.checkIsPossible(target, inputs: inputs)
        do throws(FileError) {
            if target == .dash {
                (kind, longestName) = (.standardOutput, .max)
            } else {
                (kind, longestName) = try Self.look(at: target, inputs: inputs)
            }
        } catch {
            let name = target == .dash ? "standard output" : "\(target)"
            throw ServiceError(.badRequest, "the output \(name) cannot be written: \(error.reason)")
        }
    }

    /// - Throws: `SettingsError` if neither a file nor a folder can satisfy the command.
    private static func checkIsPossible(_ target: RawPath, inputs: Int) throws(SettingsError) {
        if target == .dash {
            guard inputs == 1 else {
                throw SettingsError("standard output takes one image, and there are \(inputs) inputs")
            }
            return
        }
        guard inputs > 1 || target.endsInSlash, let there = try? FileFacts.of(target.withoutSlashAtEnd),
            there.kind != .folder
        else { return }
        throw SettingsError(
            inputs > 1
                ? "the output \(target) is not a folder, and \(inputs) inputs need one"
                : "the output \(target) ends in a slash, but is not a folder")
    }

    private static func look(at target: RawPath, inputs: Int) throws(FileError) -> (Kind, Int) {
        let wantsFolder = inputs > 1 || target.endsInSlash
        guard let there = try facts(of: target) else {
            guard wantsFolder else { return try file(target) }
            return (.newFolder, try folder(thatWillHold: target).longestName)
        }
        if there.kind == .folder {
            let folder = try Folder(target)
            try folder.checkWritable()
            return (.folder, folder.longestName)
        }
        if there.kind != .file {
            // For example /dev/stdout. In that case, only the image may be written to standard output.
            let isStandardOutput = try there.identity == FileFacts.ofStandardOutput().identity
            return (isStandardOutput ? .standardOutput : .stream, .max)
        }
        let result = try file(target)
        guard case .file(let place) = result.0, try place.facts()?.identity == there.identity else {
            throw FileError("it has no path")
        }
        return result
    }

    /// The file at a path, with links followed; `nil` if there is none, or only a dangling link.
    private static func facts(of path: RawPath) throws(FileError) -> FileFacts? {
        do throws(FileError) {
            return try FileFacts.of(path)
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    private static func file(_ target: RawPath) throws(FileError) -> (Kind, Int) {
        let place = try FilePlace.checked(target)
        return (.file(place), .max)
    }

    /// The nearest existing folder above a path.
    private static func folder(thatWillHold path: RawPath) throws(FileError) -> Folder {
        guard (try? FileFacts.of(path.withoutSlashAtEnd, followingLinks: false)) == nil else {
            throw FileError("it is a dangling link")
        }
        var above = path.folder
        while try facts(of: above) == nil, above != above.folder { above = above.folder }
        let folder = try Folder(above)
        try folder.checkWritable()
        return folder
    }

    var isFolder: Bool { newFolder != nil || isExistingFolder }
    private var isExistingFolder: Bool { if case .folder = kind { true } else { false } }

    /// The folder that has to be made first.
    var newFolder: RawPath? { if case .newFolder = kind { target } else { nil } }

    /// The format by the output's name, if the output is a file.
    var format: ImageFileFormat? {
        guard case .file = kind else { return nil }
        return target.fileExtension.flatMap(ImageFileFormat.init(fileExtension:))
    }

    /// Whether the result has the format of its input by default.
    var takesFormatOfInput: Bool { if case .file = kind { false } else { true } }

    /// Where the result of a source goes, and its name in messages.
    func place(of source: ProcessSource, as format: ImageFileFormat?) throws -> (ProcessTarget, RawPath) {
        switch kind {
        case .standardOutput: return (.standardOutput, .dash)
        case .stream: return (.stream(target), target)
        case .file(let place): return (.file(place), target)
        case .folder, .newFolder: break
        }
        guard source.path != .dash else {
            throw SettingsError("standard input has no name for its result in a folder; name an output file")
        }
        let name = OutputName.of(source.path, as: format ?? .png)
        let output = target.appending(name)
        guard name.bytes.count <= longestName else {
            throw ServiceError(
                .badRequest,
                "the output \(output) cannot be written: its name has \(name.bytes.count) bytes, and \(longestName) "
                    + "are possible there")
        }
        guard case .folder = kind else { return (.newFile(folder: target, name: name), output) }
        do throws(FileError) {
            return (.file(try FilePlace.checked(output)), output)
        } catch {
            throw ServiceError(.badRequest, "the output \(output) cannot be written: \(error.reason)")
        }
    }
}

extension FilePlace {
    /// The place at a path, if a file can be written there.
    fileprivate static func checked(_ path: RawPath) throws(FileError) -> FilePlace {
        let (place, there) = try FilePlace.following(path)
        let folder = try Folder(place.folder)
        try folder.checkWritable()
        guard place.name.bytes.count <= folder.longestName else {
            throw FileError(
                "its name has \(place.name.bytes.count) bytes, and \(folder.longestName) are possible there")
        }
        guard let there else { return place }
        guard there.kind == .file else { throw FileError("there is a \(there.kind.rawValue) of this name") }
        try folder.checkReplaceable(place.name, there)
        return place
    }
}
