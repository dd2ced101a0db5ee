/// Whether there is a place for one more connection. Does no I/O.
struct ConnectionCount: Sendable {
    enum Refusal: Sendable, Hashable {
        /// There are as many as there may be.
        case all(Int)
        /// The address has as many as it may have.
        case address(String, Int)
        /// The network of the address has as many as it may have.
        case network(String, Int)

        var words: String {
            switch self {
            case .all(let count): "\(count) connections are open, which is the most (--max-connections)"
            case .address(let address, let count):
                "\(address) has \(count) connections, which is the most of one address (--max-connections-per-address)"
            case .network(let network, let count):
                "\(network) has \(count) connections, twice the most of one address (--max-connections-per-address)"
            }
        }
    }

    let maximum: Int
    let maximumPerAddress: Int
    let proxies: TrustedProxies
    private(set) var total = 0
    /// By address, and by the network that a customer of IPv6 has.
    private var byGroup: [String: Int] = [:]

    init(maximum: Int, maximumPerAddress: Int, proxies: TrustedProxies = TrustedProxies()) {
        self.proxies = proxies
        self.maximum = maximum
        self.maximumPerAddress = maximumPerAddress
    }

    /// Counts a connection in, if there is a place for it.
    mutating func enter(_ address: String?) -> Refusal? {
        guard total < maximum else { return .all(total) }
        if !AddressBlock.isLoopback(address), !(address.map(proxies.contains) ?? false) {
            let (group, network) = Self.groups(address)
            if let count = byGroup[group], count >= maximumPerAddress { return .address(group, count) }
            if let network, let count = byGroup[network], count >= 2 * maximumPerAddress {
                return .network(network, count)
            }
        }
        total += 1
        change(address, by: 1)
        return nil
    }

    /// A connection that was counted in has ended.
    mutating func leave(_ address: String?) {
        guard byGroup[Self.groups(address).address] != nil else { return }
        total -= 1
        change(address, by: -1)
    }

    private mutating func change(_ address: String?, by step: Int) {
        let (group, network) = Self.groups(address)
        for name in [group, network].compactMap(\.self) {
            let count = (byGroup[name] ?? 0) + step
            byGroup[name] = count > 0 ? count : nil
        }
    }

    private static func groups(_ address: String?) -> (address: String, network: String?) {
        (address.map(AddressBlock.of) ?? "", address.flatMap(AddressBlock.network))
    }
}
