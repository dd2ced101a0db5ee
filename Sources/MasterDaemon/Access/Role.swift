/// What the holder of a key may do.
enum Role: String, CaseIterable, Codable, Sendable {
    /// Looks at jobs, images and workers.
    case viewer
    /// Starts, cancels and retries jobs as well, and deletes its own.
    case `operator`
    /// May do everything: drains workers, manages keys, deletes others' jobs.
    case admin
    /// A worker daemon, which asks where the brokers are and nothing else.
    case worker

    /// - Returns: `nil`, with the roles that there are to be named, if `text` is no role.
    init?(text: String) { self.init(rawValue: text.lowercased()) }

    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

/// Who may use a route. Each route declares one.
enum Requirement: String, CaseIterable, Sendable {
    /// Open to all: probes, the log-in page and what it is made of.
    case anyone
    case viewer
    case `operator`
    case admin
    /// Workers, and admins, who look into what workers get.
    case worker

    func isMet(by role: Role) -> Bool {
        switch self {
        case .anyone: true
        case .viewer: role == .viewer || role == .operator || role == .admin
        case .operator: role == .operator || role == .admin
        case .admin: role == .admin
        case .worker: role == .worker || role == .admin
        }
    }
}
