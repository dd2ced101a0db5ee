internal import CCodecProcess
internal import TileCore

/// The sandbox of a process that parses untrusted bytes.
public enum Sandbox {
    /// Irrevocably drops all rights of this process that decoding and encoding do not need. Afterwards it cannot open
    /// files, start processes or use the network. Call it before untrusted bytes are read, while there are no other
    /// threads.
    /// - Throws: `HelperError` with the step that failed.
    public static func enter() throws(HelperError) {
        var what: UnsafePointer<CChar>?
        let error = unsafe twp_enter_sandbox(&what)
        guard error != 0 else { return }
        let step = unsafe what.map { unsafe String(cString: $0) } ?? "a step"
        throw HelperError("cannot sandbox this process: \(step): \(systemErrorText(error))")
    }
}
