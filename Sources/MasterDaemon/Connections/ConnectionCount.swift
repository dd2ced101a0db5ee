/// Counts connections, and decides whether another one is accepted. Does no I/O.
struct ConnectionCount: Sendable {
    enum Refusal: Sendable, Hashable {
        /// The maximum of all connections is reached.
        case all(Int)
        /// The maximum of one address is reached.
        case address(String, Int)
        /// The maximum of the address's network is reached.
        case network(String, Int)

        var words: String {
            switch self {
            case .all(let count): "\(count) connections are open, which is the maximum (--max-connections)"
            case .address(let address, let count):
                "\(address) has \(count) connections, which is the maximum for one address (--max-connections-per-address)"
            case .network(let network, let count):
                "\(network) has \(count) connections, twice the maximum for one address (--max-connections-per-address)"
            }
        }
    }

    let maximum: Int
    let maximumPerAddress: Int
    let proxies: TrustedProxies
    private(set) var total = 0
    /// Counts by address, and by IPv6 network (`AddressBlock.network`).
    private var byGroup: [String: Int] = [:]

    init(maximum: Int, maximumPerAddress: Int, proxies: TrustedProxies = TrustedProxies()) {
        self.proxies = proxies
        self.maximum = maximum
        self.maximumPerAddress = maximumPerAddress
    }

    /// Counts a new connection, or refuses it.
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

    /// Uncounts a connection that has ended.
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
