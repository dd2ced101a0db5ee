import Foundation

/// The host names by which clients may call the master.
///
/// A foreign page can point its own name at this machine (DNS rebinding). The browser then takes page and master for
/// one origin, and the page could read every image. The `Host` header still has the page's name, so such requests are
/// refused.
struct HostRule: Sendable {
    /// In lower case, without ports.
    let names: Set<String>
    /// The names in the certificate in use. They can change while the master runs.
    private let certificateNames: @Sendable () -> [String]

    /// - Parameters:
    ///   - listening: the address that the master listens on.
    ///   - others: further names, such as `tiles.example.org`.
    ///   - certificateNames: returns the names in the certificate, in lower case. Called with each request.
    ///   - machine: the names of this machine.
    init(
        listening: String, others: [String], certificateNames: @escaping @Sendable () -> [String] = { [] },
        machine: [String] = HostRule.machineNames
    ) {
        var names: Set<String> = ["localhost", "127.0.0.1", "::1", Self.name(listening)]
        for machine in machine.map({ $0.lowercased() }) where !machine.isEmpty {
            let label = String(machine.prefix { $0 != "." })
            names.formUnion([machine, label, "\(label).local"])
        }
        names.formUnion(others.map(Self.name))
        self.names = names
        self.certificateNames = certificateNames
    }

    static var machineNames: [String] { [ProcessInfo.processInfo.hostName, Host.name] }

    /// - Parameters:
    ///   - host: the `Host` header.
    ///   - ownAddress: the address at which the request came in, which is always accepted.
    func allows(_ host: String?, ownAddress: String?) -> Bool {
        // HTTP/1.0 has no `Host` header. Browsers always send one.
        guard let host else { return true }
        let name = Self.name(host)
        return names.contains(name) || name == ownAddress.map(AddressBlock.plain).map(Self.name)
            || name.hasSuffix(".localhost") || Self.isLoopback(name) || certificateNames().contains(name)
    }

    static func refusal(_ host: String?) -> ServiceError {
        ServiceError(
            .unknownHost,
            "'\((host ?? "").prefix(200))' is not a name of this master; to add it, start the master with "
                + "--allow-host NAME")
    }

    /// The host without the port, brackets and a trailing dot.
    private static func name(_ host: String) -> String {
        var name = host.lowercased()[...]
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            // Only a port may follow the bracket.
            let rest = name[name.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return String(name) }
            name = name[name.index(after: name.startIndex)..<end]
        } else if name.filter({ $0 == ":" }).count == 1 {
            name = name.prefix { $0 != ":" }
        }
        if name.hasSuffix(".") { name = name.dropLast() }
        return String(name)
    }

    /// Whether a listening address is reachable from this machine only.
    static func isOfThisMachine(_ listening: String) -> Bool {
        let name = name(listening)
        return name == "localhost" || name == "::1" || isLoopback(name)
    }

    private static func isLoopback(_ name: String) -> Bool {
        // Only dotted numbers: browsers resolve "127.0.0.+1" as a name, which its owner can point anywhere.
        name.hasPrefix("127.") && AddressBlock.ipv4(name[...]) != nil
    }
}

extension HostRule {
    private enum Host {
        /// The host name that the kernel reports.
        static var name: String {
            (try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        }
    }
}
