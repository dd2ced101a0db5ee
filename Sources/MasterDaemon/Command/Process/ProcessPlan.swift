import TileCore

/// The inputs of a `process` command with their outputs. All errors of the command as a whole are found here, before
/// anything is written.
struct ProcessPlan: Sendable {
    struct Item: Sendable {
        let source: ProcessSource
        let target: ProcessTarget
        /// The result's path as the user wrote it.
        let output: RawPath
        let request: JobRequest

        fileprivate var shownOutput: String { output == .dash ? "standard output" : "\(output)" }
    }

    let items: [Item]
    /// The folder to make, once at least one image can be processed.
    let newFolder: RawPath?
    /// The sources that no result may replace. Sources that may be replaced are not among them.
    let keptSources: Set<FileIdentity>

    /// - Parameters:
    ///   - paths: inputs, then an output file or folder.
    ///   - overwrite: whether a result may replace its own source.
    /// - Throws: `SettingsError` if the command asks for something impossible, `ServiceError` if a file cannot be used.
    init(paths: [RawPath], wanted: ProcessRequest, overwrite: Bool) throws {
        guard paths.count >= 2, let target = paths.last else {
            throw SettingsError("process needs at least one input and an output, as in 'process in.jpg out.png'")
        }
        guard !paths.contains(where: \.bytes.isEmpty) else {
            throw SettingsError("the name of an input or output is empty")
        }
        let inputs = paths.dropLast()
        guard inputs.count(where: { $0 == .dash }) <= 1 else {
            throw SettingsError("standard input ('-') can be read only once")
        }
        let sources = try inputs.map { input throws(ServiceError) in try ProcessSource(input) }
        let naming = try OutputNaming(target: target, inputs: inputs.count)
        let formats = try sources.map { source in try wanted.format(of: source, for: naming) }
        try wanted.check(for: formats)
        items = try zip(sources, formats).map { source, format in
            let (place, output) = try naming.place(of: source, as: format)
            return Item(
                source: source, target: place, output: output,
                request: try wanted.request(named: source.path, as: format))
        }
        newFolder = naming.newFolder
        try Self.checkThatOutputsDiffer(items)
        let own = try Self.checkThatSourcesStay(items, overwrite: overwrite)
        keptSources = Set(sources.compactMap(\.identity)).subtracting(own)
    }

    /// Whether the result goes to standard output.
    var usesStandardOutput: Bool { items.contains { $0.target == .standardOutput } }

    private static func checkThatOutputsDiffer(_ items: [Item]) throws(SettingsError) {
        var known: Set<ProcessTarget> = []
        for item in items where !known.insert(item.target).inserted {
            throw SettingsError("two inputs would both become \(item.output); process them one at a time")
        }
    }

    /// - Returns: the sources that their own results replace.
    private static func checkThatSourcesStay(_ items: [Item], overwrite: Bool) throws -> Set<FileIdentity> {
        var owners: [FileIdentity: [Int]] = [:]
        for (index, item) in items.enumerated() {
            if let identity = item.source.identity { owners[identity, default: []].append(index) }
        }
        var replaced: Set<FileIdentity> = []
        for (index, item) in items.enumerated() {
            guard let there = try item.target.identity(), let inputs = owners[there] else { continue }
            let source = items[inputs[0]].source.path.shownName
            guard item.target.isFile, inputs == [index] else {
                throw SettingsError("the output \(item.shownOutput) is the input \(source); choose another output")
            }
            guard overwrite else {
                throw SettingsError(
                    "the output \(item.output) would replace the input \(source); choose another output, or allow it "
                        + "with --overwrite")
            }
            replaced.insert(there)
        }
        return replaced
    }
}

extension ProcessTarget {
    fileprivate var isFile: Bool { if case .file = self { true } else { false } }

    /// The identity of the file that is there now.
    fileprivate func identity() throws(FileError) -> FileIdentity? {
        switch self {
        case .file(let place): try place.facts()?.identity
        case .newFile: nil
        case .stream(let path): try FileFacts.of(path).identity
        case .standardOutput: try FileFacts.ofStandardOutput().identity
        }
    }
}
