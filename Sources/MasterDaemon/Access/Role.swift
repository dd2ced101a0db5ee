/// The rights of a key or token.
enum Role: String, CaseIterable, Codable, Sendable {
    /// Sees jobs, images and workers.
    case viewer
    /// In addition, starts, cancels and retries jobs, and deletes its own.
    case `operator`
    /// May do everything, including draining workers, managing keys and deleting others' jobs.
    case admin
    /// A worker daemon. It may only ask for the addresses of the brokers.
    case worker

    /// - Returns: `nil` if `text` is not the name of a role.
    init?(text: String) { self.init(rawValue: text.lowercased()) }

    static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

/// The role that a route requires.
enum Requirement: String, CaseIterable, Sendable {
    /// Everyone: probes, the log-in page and its assets.
    case anyone
    case viewer
    case `operator`
    case admin
    /// Workers, and admins, who may see what workers get.
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
