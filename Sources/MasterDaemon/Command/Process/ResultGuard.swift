import Synchronization
import TileCore

/// Gives results their names, and checks at the last moment that none of them replaces a source or another result.
///
/// The plan was checked for both. But files can be renamed meanwhile, and on some file systems two different names are
/// the same file.
final class ResultGuard: Sendable {
    private let sources: Set<FileIdentity>
    private let results = Mutex<Set<FileIdentity>>([])

    init(sources: Set<FileIdentity>) { self.sources = sources }

    func publish(_ output: OutputFile, as name: RawPath) throws(FileError) {
        let identity = try output.complete(as: name)
        // One result at a time gets its name, so that the next check sees it.
        try results.withLock { results throws(FileError) in
            try output.takeName(name) { old throws(FileError) in
                guard !sources.contains(old.identity) else {
                    throw FileError("the output would now replace an input; nothing was written")
                }
                guard !results.contains(old.identity) else {
                    throw FileError("the output would replace the result of another input; nothing was written")
                }
            }
            results.insert(identity)
        }
        try output.settle()
    }
}
