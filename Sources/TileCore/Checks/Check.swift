/// One check of the command `check`, or of a worker's `--check`. It changes nothing.
public struct Check: Sendable {
    let find: @Sendable () async -> [Finding]

    public init(_ find: @escaping @Sendable () async -> [Finding]) { self.find = find }

    /// Runs all checks in this order.
    /// - Parameter tell: called with the findings of each check before the next check runs.
    /// - Returns: the program's exit status.
    public static func all(_ checks: [Check], tell: (Finding) -> Void) async -> Int32 {
        var findings: [Finding] = []
        for check in checks {
            for finding in await check.find() {
                findings.append(finding)
                tell(finding)
            }
        }
        return status(of: findings)
    }

    /// The exit status: 0 if there are no failures, 78 (`EX_CONFIG`) if something on this host has to be changed, 69
    /// (`EX_UNAVAILABLE`) if the problem is elsewhere.
    public static func status(of findings: [Finding]) -> Int32 {
        if findings.contains(where: { $0.verdict == .fault }) { return 78 }
        return findings.contains { $0.verdict == .outage } ? 69 : 0
    }
}
