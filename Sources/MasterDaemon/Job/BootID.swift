import Foundation

/// Names the time since the machine was started. What only the page cache had is gone in the next one.
enum BootID {
    static let current: String = {
        let text = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)
        // Without a kernel that tells, no two starts of a master share an id.
        return text?.trimmingCharacters(in: .whitespacesAndNewlines) ?? UUID().uuidString
    }()
}
