internal import CCodecProcess
internal import TileCore

/// The walls around a process that parses strangers' bytes.
public enum Sandbox {
    /// Takes from this process all that decoding and encoding do not need, for good: it cannot open files, start
    /// processes or reach the network, and what it still may cannot harm others. Call it before strangers' bytes are
    /// read, without other threads.
    public static func enter() throws(HelperError) {
        var what: UnsafePointer<CChar>?
        let error = unsafe twp_enter_sandbox(&what)
        guard error != 0 else { return }
        let step = unsafe what.map { unsafe String(cString: $0) } ?? "a step"
        throw HelperError("cannot shut this process in: \(step): \(systemErrorText(error))")
    }
}
