/// Limits how many codes are exchanged with the issuer at the same time: in all, and for each address. Pure.
struct ExchangeLimit: Sendable {
    static let most = 20
    static let mostPerAddress = 4

    private var total = 0
    private var byAddress: [String: Int] = [:]

    /// Begins an exchange for an address, which is in the form of `AddressBlock`.
    /// - Returns: whether the limits allow the exchange.
    mutating func take(_ address: String) -> Bool {
        let own = byAddress[address] ?? 0
        guard total < Self.most, own < Self.mostPerAddress else { return false }
        total += 1
        byAddress[address] = own + 1
        return true
    }

    /// Ends an exchange that `take` has allowed.
    mutating func give(_ address: String) {
        guard let own = byAddress[address] else { return }
        total -= 1
        byAddress[address] = own > 1 ? own - 1 : nil
    }
}
