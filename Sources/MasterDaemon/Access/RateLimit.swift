import TileCore

/// How much a client may use: an amount within a window of time, or an amount at any one time.
struct RateLimit: Sendable, Hashable {
    /// Requests, bytes, jobs or channels.
    let amount: Int
    /// Seconds in which the amount is allowed once; `nil` for a limit on simultaneous use.
    let window: Int?

    /// Seconds after which one used unit is free again; `nil` for a limit on simultaneous use.
    var secondsPerUnit: Double? { window.map { Double($0) / Double(amount) } }

    /// What is limited.
    enum Name: String, Sendable, CaseIterable {
        case requests
        /// Images that are sent to create jobs.
        case uploads
        /// Bytes of images that are sent.
        case bytes
        /// Unfinished jobs, including uploads in progress.
        case unfinished
        /// Open live channels.
        case channels

        /// Whether the limit is on simultaneous use.
        var isLasting: Bool { self == .unfinished || self == .channels }

        /// The unit's name in the IETF's draft of the RateLimit header fields.
        var unit: String {
            switch self {
            case .requests, .uploads: "requests"
            case .bytes: "content-bytes"
            case .unfinished, .channels: "concurrent-requests"
            }
        }
    }

    /// Parses `1000/s`, `600/m` or `1TB/d`, or `50` for a limit on simultaneous use.
    /// - Returns: `nil` if the text has another form.
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

    /// The largest number that header fields allow (RFC 9651, 3.3.1).
    private static let largest = 999_999_999_999_999
    private static let windows = ["s": 1, "m": 60, "h": 3600, "d": 86400]

    private static func amount(_ text: String, _ name: Name) -> Int? {
        if let number = Int(text), number > 0, text.first != "+" { return number }
        return name == .bytes ? Quantity.bytes(text) : nil
    }
}
