import Foundation

/// By which names the master lets itself be called.
///
/// A page of someone else's can have its own name lead to this machine (DNS rebinding). For the browser the page and the
/// master are of one origin then, and the page could read every image. What gives it away is the name.
struct HostRule: Sendable {
    /// In lower case, without ports.
    let names: Set<String>
    /// The names in the certificate that is in use, which can be another one tomorrow.
    private let certificateNames: @Sendable () -> [String]

    /// - Parameters:
    ///   - listening: the address that the master listens on.
    ///   - others: further names, as in `tiles.example.org`.
    ///   - certificateNames: asked with each request: those in the certificate, in lower case.
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
    ///   - ownAddress: that at which the request came in, which is the master's in any case.
    func allows(_ host: String?, ownAddress: String?) -> Bool {
        // HTTP/1.0 has none. Browsers always send one.
        guard let host else { return true }
        let name = Self.name(host)
        return names.contains(name) || name == ownAddress.map(AddressBlock.plain).map(Self.name)
            || name.hasSuffix(".localhost") || Self.isLoopback(name) || certificateNames().contains(name)
    }

    static func refusal(_ host: String?) -> ServiceError {
        ServiceError(
            .unknownHost,
            "'\((host ?? "").prefix(200))' is no name of this master; if it is to be one, start the master with "
                + "--allow-host NAME")
    }

    /// Without the port, brackets and a last dot.
    private static func name(_ host: String) -> String {
        var name = host.lowercased()[...]
        if name.hasPrefix("["), let end = name.firstIndex(of: "]") {
            // With anything but a port behind it, it is no address.
            let rest = name[name.index(after: end)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return String(name) }
            name = name[name.index(after: name.startIndex)..<end]
        } else if name.filter({ $0 == ":" }).count == 1 {
            name = name.prefix { $0 != ":" }
        }
        if name.hasSuffix(".") { name = name.dropLast() }
        return String(name)
    }

    /// Whether an address to listen on is reached from this machine alone.
    static func isOfThisMachine(_ listening: String) -> Bool {
        let name = name(listening)
        return name == "localhost" || name == "::1" || isLoopback(name)
    }

    private static func isLoopback(_ name: String) -> Bool {
        // For a browser "127.0.0.+1" is a name, and its owner says where the name leads.
        name.hasPrefix("127.") && AddressBlock.old(name[...]) != nil
    }
}

extension HostRule {
    private enum Host {
        /// As the kernel has it.
        static var name: String {
            (try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8))?
                .trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        }
    }
}
