internal import Glibc

/// What a daemon that handles other people's images and keys denies others.
public enum ProcessRights {
    /// Files that are made from here on are their owner's alone, and memory is not written to a core file if the process
    /// crashes. Processes that this one starts have it from here.
    public static func keepToOwner() {
        _ = umask(0o077)
        // Of 1 byte and not of none: a program that takes core files, as systemd-coredump does, is started at 0 (core(5)).
        var none = rlimit(rlim_cur: 1, rlim_max: 1)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}

extension ProcessRights {
    /// Has the kernel end this process before others of its kind when memory runs out.
    public static func endFirstWithoutMemory() {
        // proc(5); anybody may raise it. Where it cannot be, the kernel chooses by size alone.
        let file = unsafe open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = unsafe write(file, "500", 3)
        close(file)
    }
}

extension ProcessRights {
    /// Gives up root's rights for good, for those of the owner and group of a folder: what a program does there for its owner
    /// leads nowhere then where its owner could not go. Does nothing for anybody but root.
    /// - Throws: if the folder cannot be looked at, or the rights cannot be given up.
    public static func become(ownerOf folder: RawPath) throws(FileError) {
        guard geteuid() == 0 else { return }
        let facts = try FileFacts.of(folder)
        guard facts.owner != 0 else { return }
        // In this order: the last call takes the right to the others away.
        var group = facts.group
        guard unsafe setgroups(1, &group) == 0, setgid(facts.group) == 0, setuid(facts.owner) == 0 else {
            throw .system(errno, "cannot act as the owner of \(folder)")
        }
    }

    /// The name of the user that runs this process, or its number.
    public static var userName: String { AccountName.ofUser(geteuid()) }
}
