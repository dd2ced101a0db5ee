import Foundation
import HTTPTypes
import TileCore

/// The proxies whose `X-Forwarded-For` is trusted. Finds the address of each client.
struct TrustedProxies: Sendable, Hashable {
    /// Addresses with the same first bits.
    private struct Block: Sendable, Hashable {
        let address: [UInt16]
        let bits: Int

        func contains(_ other: [UInt16]) -> Bool {
            (0..<8).allSatisfy { group in
                let known = min(16, max(0, bits - 16 * group))
                return known == 0 || address[group] >> (16 - known) == other[group] >> (16 - known)
            }
        }
    }

    private let blocks: [Block]

    init() { blocks = [] }

    /// - Parameter texts: such as `10.0.0.7`, `10.0.0.0/24` and `fd00::/8`.
    /// - Throws: if one is not an address or block.
    init(_ texts: [String]) throws(SettingsError) {
        var blocks: [Block] = []
        for text in texts {
            guard let block = Self.block(text) else {
                throw SettingsError(
                    "--trusted-proxy is '\(text)'; it takes an address, as in 10.0.0.7, or a block, as in 10.0.0.0/24")
            }
            blocks.append(block)
        }
        self.blocks = blocks
    }

    private static func block(_ text: String) -> Block? {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        guard let address = AddressBlock.groups(parts[0]) else { return nil }
        // The 32 bits of an IPv4 address are the last of 128.
        let (width, before) = parts[0].contains(":") ? (128, 0) : (32, 96)
        guard parts.count == 2 else { return Block(address: address, bits: 128) }
        guard parts[1].utf8.allSatisfy({ (0x30...0x39).contains($0) }), let bits = Int(parts[1]),
            (0...width).contains(bits)
        else { return nil }
        return Block(address: address, bits: before + bits)
    }

    func contains(_ address: String) -> Bool {
        guard !blocks.isEmpty, let groups = AddressBlock.groups(address) else { return false }
        return blocks.contains { $0.contains(groups) }
    }

    /// The address of the client that sent a request. All code that needs the address uses this.
    ///
    /// Each proxy appends to `X-Forwarded-For` the address from which it received the request. Entries to the left of
    /// those that trusted proxies appended can be forged, so they are not used.
    /// - Parameter connection: the address of the connection's peer.
    func client(of request: HTTPRequest, from connection: String?) -> String? {
        guard var client = connection.map(AddressBlock.plain) else { return nil }
        guard contains(client) else { return client }
        let entries = request.headerFields[values: .forwardedFor].flatMap { $0.split(separator: ",") }
        for entry in entries.reversed() {
            guard let address = Self.address(entry) else { return client }
            client = address
            guard contains(address) else { return client }
        }
        return client
    }

    /// The entry without spaces, brackets and port.
    private static func address(_ entry: Substring) -> String? {
        var text = String(entry).trimmingCharacters(in: .whitespaces)
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            text = String(text[text.index(after: text.startIndex)..<end])
        } else if text.contains("."), text.filter({ $0 == ":" }).count == 1 {
            text = String(text.prefix { $0 != ":" })
        }
        return AddressBlock.groups(text) == nil ? nil : AddressBlock.plain(text)
    }
}
