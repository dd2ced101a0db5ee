internal import Glibc

/// How this process handles signals.
public enum SignalDisposition {
    /// Whether the signal is ignored, as SIGHUP is under nohup.
    public static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard unsafe sigaction(number, nil, &action) == 0 else { return false }
        // SIG_IGN is a function pointer with the value 1 in C, and Swift cannot compare function pointers.
        return unsafe unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
    }
}
