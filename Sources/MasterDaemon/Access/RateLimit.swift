import TileCore

/// How much of something a client may use: so much in a time, or so much at once.
struct RateLimit: Sendable, Hashable {
    /// Requests, bytes, jobs or channels.
    let amount: Int
    /// Seconds in which the amount is allowed once; `nil` for what is counted while it lasts.
    let window: Int?

    /// What one unit more takes to be free again, in seconds; `nil` for what is counted while it lasts.
    var secondsPerUnit: Double? { window.map { Double($0) / Double(amount) } }

    /// What is limited.
    enum Name: String, Sendable, CaseIterable {
        case requests
        /// Images that are sent to become jobs.
        case uploads
        /// Bytes of images that are sent.
        case bytes
        /// Jobs that are not finished, with those that are being sent.
        case unfinished
        /// Live channels at once.
        case channels

        /// Whether it is counted while it lasts, and not in a time.
        var isLasting: Bool { self == .unfinished || self == .channels }

        /// The unit, as the IETF's draft of the RateLimit header fields names it.
        var unit: String {
            switch self {
            case .requests, .uploads: "requests"
            case .bytes: "content-bytes"
            case .unfinished, .channels: "concurrent-requests"
            }
        }
    }

    /// Reads `1000/s`, `600/m`, `1TB/d` or, of what is counted while it lasts, `50`.
    /// - Returns: `nil` if the text is none of these.
    init?(_ text: String, for name: Name) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, let amount = Self.amount(String(first), name), amount <= Self.largest else {
            return nil
        }
        self.amount = amount
        if name.isLasting {
            guard parts.count == 1 else { return nil }
            window = nil
        } else {
            guard parts.count == 2, let seconds = Self.windows[String(parts[1])] else { return nil }
            window = seconds
        }
    }

    init(amount: Int, window: Int? = nil) {
        self.amount = amount
        self.window = window
    }

    /// The largest number of the header fields (RFC 9651, 3.3.1).
    private static let largest = 999_999_999_999_999
    private static let windows = ["s": 1, "m": 60, "h": 3600, "d": 86400]

    private static func amount(_ text: String, _ name: Name) -> Int? {
        if let number = Int(text), number > 0, text.first != "+" { return number }
        return name == .bytes ? Quantity.bytes(text) : nil
    }
}
