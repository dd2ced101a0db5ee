internal import Glibc

/// What a daemon that handles other people's images and keys denies others.
public enum ProcessRights {
    /// Files that are made from here on are their owner's alone, and memory is not written to a core file if the process
    /// crashes. Processes that this one starts have it from here.
    public static func keepToOwner() {
        _ = umask(0o077)
        var none = rlimit(rlim_cur: 0, rlim_max: 0)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_CORE.rawValue), &none)
    }
}
