internal import Glibc

/// The descriptors 0, 1 and 2 of this process.
public enum StandardDescriptors {
    /// Opens `/dev/null` for closed descriptors, in the direction in which they are not used.
    ///
    /// Otherwise the next opened file would get such a number, and messages for standard error would be written into
    /// it. Call this before any file is opened.
    public static func fill() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
