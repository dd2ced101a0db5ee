internal import Glibc

/// Restrictions of a daemon's process, because it handles other people's images and keys.
public enum ProcessRights {
    /// From now on, new files are accessible to their owner only, and a crash writes no core file. Child processes
    /// inherit both.
    public static func keepToOwner() {
        _ = umask(0o077)
        // The limit is 1 byte, because at 0 the kernel still starts programs such as systemd-coredump (core(5)).
        var none = rlimit(rlim_cur: 1, rlim_max: 1)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}

extension ProcessRights {
    /// Makes the kernel kill this process before others when memory runs out.
    public static func endFirstWithoutMemory() {
        // Every process may raise its own value (proc(5)). If that fails, the kernel chooses by memory size alone.
        let file = unsafe open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = unsafe write(file, "500", 3)
        close(file)
    }
}

extension ProcessRights {
    /// Changes this process from root to the owner and group of a folder, for good. So links in the folder cannot lead
    /// it to files that the folder's owner may not access. Does nothing if this process is not root's.
    /// - Throws: if the folder cannot be examined, or the rights cannot be given up.
    public static func become(ownerOf folder: RawPath) throws(FileError) {
        guard geteuid() == 0 else { return }
        let facts = try FileFacts.of(folder)
        guard facts.owner != 0 else { return }
        // The user is changed last, because only root may change the groups.
        var group = facts.group
        guard unsafe setgroups(1, &group) == 0, setgid(facts.group) == 0, setuid(facts.owner) == 0 else {
            throw .system(errno, "cannot act as the owner of \(folder)")
        }
    }

    /// The name of this process's user, or the number if the user has no name.
    public static var userName: String { AccountName.ofUser(geteuid()) }
}
