import TileCore

/// All limits of a client: by its key, and by its address.
struct RateLimits: Sendable, Hashable {
    /// The limits of each key, and of each subject of the issuer.
    var key: [RateLimit.Name: RateLimit] = [:]
    /// The limits of each address, whatever keys are used there. Jobs are counted by key only, because they belong to
    /// keys.
    var address: [RateLimit.Name: RateLimit] = [:]

    /// High enough for all pages, scripts and batches. They stop a program that runs wild.
    static let standard = RateLimits(
        key: [
            .requests: RateLimit(amount: 60_000, window: 60),
            .uploads: RateLimit(amount: 6000, window: 60),
            // A day's traffic of a 1 Gbit/s link.
            .bytes: RateLimit(amount: 10_000_000_000_000, window: 86400),
            // A quarter of a master's default queue, so that one client cannot fill it.
            .unfinished: RateLimit(amount: 250),
            .channels: RateLimit(amount: 100),
        ],
        address: [
            .requests: RateLimit(amount: 120_000, window: 60),
            .uploads: RateLimit(amount: 12_000, window: 60),
            .bytes: RateLimit(amount: 20_000_000_000_000, window: 86400),
            .channels: RateLimit(amount: 400),
        ])

    static let none = RateLimits()

    /// The names of limits in settings. Limits by address have a prefix.
    static let names =
        RateLimit.Name.allCases.map(\.rawValue)
        + RateLimit.Name.allCases.filter { $0 != .unfinished }.map { addressPrefix + $0.rawValue }

    private static let addressPrefix = "address-"

    /// - Parameter settings: such as `uploads=600/m` or `channels=off`.
    /// - Returns: these limits, changed by the settings.
    func changed(by settings: [String]) throws(SettingsError) -> RateLimits {
        var limits = self
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
            let isOfAddress = parts.first?.hasPrefix(Self.addressPrefix) ?? false
            let word = parts.first.map { isOfAddress ? String($0.dropFirst(Self.addressPrefix.count)) : $0 } ?? ""
            guard parts.count == 2, Self.names.contains(parts[0]), let name = RateLimit.Name(rawValue: word) else {
                throw SettingsError(
                    "--limit '\(setting)' names an unknown limit; the limits are \(Self.names.joined(separator: ", ")), as in "
                        + "uploads=600/m")
            }
            let limit = parts[1] == "off" ? nil : RateLimit(parts[1], for: name)
            guard parts[1] == "off" || limit != nil else {
                throw SettingsError("--limit '\(setting)' is not valid; \(Self.form(of: name)), or off")
            }
            if isOfAddress { limits.address[name] = limit } else { limits.key[name] = limit }
        }
        return limits
    }

    private static func form(of name: RateLimit.Name) -> String {
        switch name {
        case .requests, .uploads: "it takes a number and a time, as in 1000/s, 600/m, 5000/h or 20000/d"
        case .bytes: "it takes bytes and a time, as in 500MB/m or 1TB/d"
        case .unfinished, .channels: "it takes a number, as in 50"
        }
    }
}

/// The limits of a master, with keys and without.
struct RateLimitSettings: Sendable, Hashable {
    /// With keys, or with an issuer.
    var closed = RateLimits.standard
    /// On an open master: only limits that were set explicitly.
    var open = RateLimits.none

    init() {}

    init(_ settings: [String]) throws(SettingsError) {
        closed = try RateLimits.standard.changed(by: settings)
        open = try RateLimits.none.changed(by: settings)
    }
}
