internal import Glibc

/// The processor time of the calling thread.
public enum ThreadClock {
    /// Since the thread began, in user and kernel mode.
    public static var cpuTime: Duration {
        var time = timespec()
        unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}
