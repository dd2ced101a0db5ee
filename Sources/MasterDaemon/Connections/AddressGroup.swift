/// What counts as one address where connections are counted.
///
/// Whoever has IPv6 has 2^64 addresses of one network, so the network counts. An IPv4 address that came in by IPv6 counts
/// as itself.
enum AddressGroup {
    /// - Parameter address: without a port, as the system writes it; `nil` where there is no network in between.
    static func of(_ address: String?) -> String {
        guard let address, address.contains(":") else { return address ?? "" }
        let plain = address.prefix { $0 != "%" }
        if plain.lowercased().hasPrefix("::ffff:"), plain.contains(".") { return String(plain.dropFirst(7)) }
        return groups(plain).prefix(4).joined(separator: ":") + "::/64"
    }

    /// Loopback has no limit of its own: a proxy on this machine brings everybody's connections.
    static func isLoopback(_ address: String?) -> Bool {
        guard let address else { return true }
        if address == "::1" { return true }
        return of(address).hasPrefix("127.")
    }

    /// The eight groups of an IPv6 address, without leading zeros.
    private static func groups(_ address: Substring) -> [String] {
        func parts(_ text: Substring) -> [String] {
            text.split(separator: ":").map { part in
                let digits = part.drop { $0 == "0" }
                return digits.isEmpty ? "0" : digits.lowercased()
            }
        }
        guard let gap = address.firstRange(of: "::") else { return parts(address) }
        let (front, back) = (parts(address[..<gap.lowerBound]), parts(address[gap.upperBound...]))
        return front + Array(repeating: "0", count: max(0, 8 - front.count - back.count)) + back
    }
}
