/// Whom an address stands for when clients are counted: itself, or of IPv6 the first 64 bits, since whoever has one address
/// there has all of them.
enum AddressBlock {
    /// - Parameter address: without a port. What is no IPv6 address stands for itself.
    static func of(_ address: String) -> String {
        guard address.contains(":"), let groups = groups(address) else { return address }
        // IPv4 in IPv6, as a listener for both kinds has it.
        if groups.prefix(5).allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
            return [groups[6] >> 8, groups[6] & 255, groups[7] >> 8, groups[7] & 255].map { "\($0)" }
                .joined(separator: ".")
        }
        return groups.prefix(4).map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }

    /// The network that an address of IPv6 is of, as providers give it to a customer: its first 48 bits, with 65,536 blocks
    /// in it. `nil` for IPv4.
    static func network(of address: String) -> String? {
        let address = plain(address)
        guard address.contains(":"), let groups = groups(address) else { return nil }
        return groups.prefix(3).map { String($0, radix: 16) }.joined(separator: ":") + "::/48"
    }

    /// An IPv4 address in IPv6, as a listener for both kinds has it, as IPv4. Any other as it is.
    static func plain(_ address: String) -> String {
        guard address.contains(":"), let groups = groups(address), groups.prefix(5).allSatisfy({ $0 == 0 }),
            groups[5] == 0xFFFF
        else {
            return address
        }
        return of(address)
    }

    /// Whether the other side is on this machine. A proxy here brings everybody's connections.
    static func isLoopback(_ address: String?) -> Bool {
        guard let address else { return true }
        return address == "::1" || plain(address).hasPrefix("127.")
    }

    /// The eight groups of an IPv6 address (RFC 4291, 2.2), or of an IPv4 address in IPv6; `nil` if it is neither.
    static func groups(_ address: String) -> [UInt16]? {
        // What stands behind a percent sign is the interface.
        let text = address.prefix { $0 != "%" }
        guard text.contains(":") else { return old(address[...]).map { [0, 0, 0, 0, 0, 0xFFFF] + $0 } }
        let halves = String(text).split(separator: "::", maxSplits: 1, omittingEmptySubsequences: false)
        guard let front = list(halves[0]) else { return nil }
        guard halves.count == 2 else { return front.count == 8 ? front : nil }
        guard let back = list(halves[1]), front.count + back.count <= 7 else { return nil }
        return front + Array(repeating: 0, count: 8 - front.count - back.count) + back
    }

    private static func list(_ text: Substring) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        var groups: [UInt16] = []
        for part in text.split(separator: ":", omittingEmptySubsequences: false) {
            if part.contains(".") {
                guard let old = old(part) else { return nil }
                groups += old
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    /// An IPv4 address as two groups; `nil` if it is none, of digits alone.
    static func old(_ text: Substring) -> [UInt16]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part -> UInt16? in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(part).map(UInt16.init) : nil
        }
        guard parts.count == 4, bytes.count == 4 else { return nil }
        return [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
    }
}
