import Synchronization
import TileCore

/// Gives results their names, and sees to it at the last moment that none of them replaces a source or another result.
///
/// The plan was checked for both. But names can change meanwhile, and there are file systems on which two names are one.
final class ResultGuard: Sendable {
    private let sources: Set<FileIdentity>
    private let results = Mutex<Set<FileIdentity>>([])

    init(sources: Set<FileIdentity>) { self.sources = sources }

    func publish(_ output: OutputFile, as name: RawPath) throws(FileError) {
        let identity = try output.complete(as: name)
        // One result at a time takes its name, so that the next sees it.
        try results.withLock { results throws(FileError) in
            try output.takeName(name) { old throws(FileError) in
                guard !sources.contains(old.identity) else {
                    throw FileError("the output would replace an input by now; nothing was written")
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
