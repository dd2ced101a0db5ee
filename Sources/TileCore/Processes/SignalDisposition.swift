internal import Glibc

/// What signals do to this process.
public enum SignalDisposition {
    /// Whether the signal is ignored, as SIGHUP is under nohup.
    public static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        // SIG_IGN is a function's address in C, and functions cannot be compared.
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
