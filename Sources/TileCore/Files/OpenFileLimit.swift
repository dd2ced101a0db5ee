internal import Glibc

/// The limit of open files of this process.
public enum OpenFileLimit {
    public static var current: Int {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        return Int(clamping: limit.rlim_cur)
    }

    /// The limit to ask for. Child processes inherit it, and at their start some programs try every number below it.
    private static let mostNeeded: rlim_t = 1 << 16

    /// Raises the limit as far as this process may, to 65,536 at most. Never lowers it.
    public static func raise() {
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard unsafe getrlimit(resource, &limit) == 0 else { return }
        let wanted = min(limit.rlim_max, mostNeeded)
        guard wanted > limit.rlim_cur else { return }
        limit.rlim_cur = wanted
        _ = unsafe setrlimit(resource, &limit)
    }
}
