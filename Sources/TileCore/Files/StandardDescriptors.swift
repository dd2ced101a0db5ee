internal import Glibc

/// The descriptors 0, 1 and 2 of this process.
public enum StandardDescriptors {
    /// Fills those that are closed with something that can be neither read nor written in their way.
    ///
    /// The next file that is opened would get their numbers otherwise, and a message for standard error would be
    /// written into it. Call it before anything is opened.
    public static func fill() {
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
