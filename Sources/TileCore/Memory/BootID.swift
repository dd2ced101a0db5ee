internal import Foundation

/// Names the time since the machine was started. What only the page cache had is gone in the next one, and whoever has
/// the same one runs on the same machine.
public enum BootID {
    public static let current: String = {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        // Without a kernel that tells, no two processes share an id.
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? UUID().uuidString
    }()
}
