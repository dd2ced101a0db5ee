import TileCore

/// All limits of a client: those of its key, and those of the address that it comes from.
struct RateLimits: Sendable, Hashable {
    /// For each key, or each subject of the issuer.
    var key: [RateLimit.Name: RateLimit] = [:]
    /// For each address, whoever sends from there. Jobs are not counted by address: they belong to a key.
    var address: [RateLimit.Name: RateLimit] = [:]

    /// So generous that no page, script or batch meets one; a program that runs wild does.
    static let standard = RateLimits(
        key: [
            .requests: RateLimit(amount: 60_000, window: 60),
            .uploads: RateLimit(amount: 6000, window: 60),
            // What a link of 1 Gbit/s brings in a day.
            .bytes: RateLimit(amount: 10_000_000_000_000, window: 86400),
            // A quarter of what a master takes in all: others find places.
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

    /// The names of settings: those of addresses have a prefix.
    static let names =
        RateLimit.Name.allCases.map(\.rawValue)
        + RateLimit.Name.allCases.filter { $0 != .unfinished }.map { addressPrefix + $0.rawValue }

    private static let addressPrefix = "address-"

    /// - Parameter settings: as in `uploads=600/m` or `channels=off`.
    /// - Returns: these limits, with what the settings change.
    func changed(by settings: [String]) throws(SettingsError) -> RateLimits {
        var limits = self
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1).map(String.init)
            let isOfAddress = parts.first?.hasPrefix(Self.addressPrefix) ?? false
            let word = parts.first.map { isOfAddress ? String($0.dropFirst(Self.addressPrefix.count)) : $0 } ?? ""
            guard parts.count == 2, Self.names.contains(parts[0]), let name = RateLimit.Name(rawValue: word) else {
                throw SettingsError(
                    "--limit '\(setting)' names no limit; there are \(Self.names.joined(separator: ", ")), as in "
                        + "uploads=600/m")
            }
            let limit = parts[1] == "off" ? nil : RateLimit(parts[1], for: name)
            guard parts[1] == "off" || limit != nil else {
                throw SettingsError("--limit '\(setting)' cannot be; \(Self.form(of: name)), or off")
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

/// The limits of a master, which depend on whether it has keys.
struct RateLimitSettings: Sendable, Hashable {
    /// Once there are keys, or an issuer.
    var closed = RateLimits.standard
    /// Of a master that is open to whoever reaches it: those that were asked for.
    var open = RateLimits.none

    init() {}

    init(_ settings: [String]) throws(SettingsError) {
        closed = try RateLimits.standard.changed(by: settings)
        open = try RateLimits.none.changed(by: settings)
    }
}
