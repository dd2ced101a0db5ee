/// Whether there is a place for one more connection. Does no I/O.
struct ConnectionCount: Sendable {
    enum Refusal: Sendable, Hashable {
        /// There are as many as there may be.
        case all(Int)
        /// The address has as many as it may have.
        case address(String, Int)

        var words: String {
            switch self {
            case .all(let count): "\(count) connections are open, which is the most (--max-connections)"
            case .address(let address, let count):
                "\(address) has \(count) connections, which is the most of one address (--max-connections-per-address)"
            }
        }
    }

    let maximum: Int
    let maximumPerAddress: Int
    let proxies: TrustedProxies
    private(set) var total = 0
    private var byAddress: [String: Int] = [:]

    init(maximum: Int, maximumPerAddress: Int, proxies: TrustedProxies = TrustedProxies()) {
        self.proxies = proxies
        self.maximum = maximum
        self.maximumPerAddress = maximumPerAddress
    }

    /// Counts a connection in, if there is a place for it.
    mutating func enter(_ address: String?) -> Refusal? {
        guard total < maximum else { return .all(total) }
        let group = address.map(AddressBlock.of) ?? ""
        let count = byAddress[group] ?? 0
        guard count < maximumPerAddress || AddressBlock.isLoopback(address) || address.map(proxies.contains) ?? false
        else { return .address(group, count) }
        total += 1
        byAddress[group] = count + 1
        return nil
    }

    /// A connection that was counted in has ended.
    mutating func leave(_ address: String?) {
        let group = address.map(AddressBlock.of) ?? ""
        guard let count = byAddress[group] else { return }
        total -= 1
        byAddress[group] = count > 1 ? count - 1 : nil
    }
}
