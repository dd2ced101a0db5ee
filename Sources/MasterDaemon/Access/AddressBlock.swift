/// The block of addresses that counts as one client: a single IPv4 address, or all IPv6 addresses with the same first
/// 64 bits, because whoever has one of these has all of them.
enum AddressBlock {
    /// - Parameter address: without a port. Texts that are not IPv6 addresses are returned unchanged.
    static func of(_ address: String) -> String {
        guard address.contains(":"), let groups = groups(address) else { return address }
        // IPv4 mapped into IPv6, as a dual-stack listener reports it.
        if groups.prefix(5).allSatisfy({ $0 == 0 }), groups[5] == 0xFFFF {
            return [groups[6] >> 8, groups[6] & 255, groups[7] >> 8, groups[7] & 255].map { "\($0)" }
                .joined(separator: ".")
        }
        return groups.prefix(4).map { String($0, radix: 16) }.joined(separator: ":") + "::/64"
    }

    /// The network of an IPv6 address: its first 48 bits, which is what providers assign to a customer. A network has
    /// 65,536 blocks. `nil` for IPv4.
    static func network(of address: String) -> String? {
        let address = plain(address)
        guard address.contains(":"), let groups = groups(address) else { return nil }
        return groups.prefix(3).map { String($0, radix: 16) }.joined(separator: ":") + "::/48"
    }

    /// Turns an IPv4 address mapped into IPv6, as a dual-stack listener reports it, into plain IPv4. Returns other
    /// addresses unchanged.
    static func plain(_ address: String) -> String {
        guard address.contains(":"), let groups = groups(address), groups.prefix(5).allSatisfy({ $0 == 0 }),
            groups[5] == 0xFFFF
        else {
            return address
        }
        return of(address)
    }

    /// Whether the address is on this machine. A local proxy makes all connections look local.
    static func isLoopback(_ address: String?) -> Bool {
        guard let address else { return true }
        return address == "::1" || plain(address).hasPrefix("127.")
    }

    /// The eight groups of an IPv6 address (RFC 4291, 2.2), or of an IPv4 address in IPv6; `nil` if it is neither.
    static func groups(_ address: String) -> [UInt16]? {
        // A percent sign is followed by the interface's name.
        let text = address.prefix { $0 != "%" }
        guard text.contains(":") else { return ipv4(address[...]).map { [0, 0, 0, 0, 0, 0xFFFF] + $0 } }
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
                guard let ipv4 = ipv4(part) else { return nil }
                groups += ipv4
            } else {
                guard (1...4).contains(part.utf8.count), part.allSatisfy(\.isHexDigit),
                    let group = UInt16(part, radix: 16)
                else { return nil }
                groups.append(group)
            }
        }
        return groups
    }

    /// An IPv4 address as two groups; `nil` unless it has the dotted form, in digits only.
    static func ipv4(_ text: Substring) -> [UInt16]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        let bytes = parts.compactMap { part -> UInt16? in
            part.utf8.allSatisfy { (0x30...0x39).contains($0) } ? UInt8(part).map(UInt16.init) : nil
        }
        guard parts.count == 4, bytes.count == 4 else { return nil }
        return [bytes[0] << 8 | bytes[1], bytes[2] << 8 | bytes[3]]
    }
}
