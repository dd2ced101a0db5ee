internal import Foundation

/// Identifies a boot of this machine. Data that was only in the page cache is lost at the next boot. Two processes with
/// the same boot id run on the same machine.
public enum BootID {
    public static let current: String = {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        // If the kernel gives no id, no two processes share one.
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? UUID().uuidString
    }()
}
