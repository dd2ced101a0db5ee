internal import Glibc

extension OutputFile {
    /// Removes temporary folders that killed processes have left. Live processes keep theirs locked.
    ///
    /// A temporary folder is removed only if it contains at most its one file.
    public static func removeAbandoned(in folder: Folder) {
        for name in folder.names where TemporaryName.isOne(name) {
            guard let own = try? Folder(name, in: folder.descriptor), own.facts.owner == geteuid(),
                // In a folder that all users can write, another user may have put a link to a folder of this user.
                (try? folder.facts(of: name))?.identity == own.facts.identity,
                flock(own.descriptor, LOCK_EX | LOCK_NB) == 0
            else { continue }
            let parts = own.names
            guard parts.allSatisfy({ $0.bytes.starts(with: partStem.utf8) }), parts.count <= 1 else { continue }
            for part in parts { _ = unsafe part.withCString { unsafe unlinkat(own.descriptor, $0, 0) } }
            _ = unsafe name.withCString { unsafe unlinkat(folder.descriptor, $0, AT_REMOVEDIR) }
        }
    }
}

extension Folder {
    /// The names in the folder; none if it cannot be listed.
    var names: [RawPath] {
        let copy = unsafe openat(descriptor, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard copy >= 0 else { return [] }
        guard let list = unsafe fdopendir(copy) else {
            close(copy)
            return []
        }
        defer { unsafe closedir(list) }
        var names: [RawPath] = []
        while let entry = unsafe readdir(list) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { unsafe RawPath($0.prefix { $0 != 0 }) }
            if !name.isDots { names.append(name) }
        }
        return names
    }
}
