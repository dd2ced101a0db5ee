/// A step of `check`. It looks at something and changes nothing.
public struct Check: Sendable {
    let find: @Sendable () async -> [Finding]

    public init(_ find: @escaping @Sendable () async -> [Finding]) { self.find = find }

    /// Does all of them, in this order.
    /// - Parameter tell: called with each finding as it comes.
    /// - Returns: what the program ends with.
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

    /// 0 if all is well enough, 78 (`EX_CONFIG`) if something here has to be changed, 69 (`EX_UNAVAILABLE`) if what is wrong
    /// is elsewhere.
    public static func status(of findings: [Finding]) -> Int32 {
        if findings.contains(where: { $0.verdict == .fault }) { return 78 }
        return findings.contains { $0.verdict == .outage } ? 69 : 0
    }
}
