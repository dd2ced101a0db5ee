/// What chaos tells of the counts of a master since its start.
extension StatisticsAnswer {
    static let chaosTileNames = [
        "sent", "with pixels", "completed", "resent late", "retried", "speculative", "given up", "not sent",
    ]
    static let chaosClusterNames = ["dead letters", "workers lost", "rebalances", "reconnects"]

    /// By their names in the summary; dropped results by their reason.
    var chaosCounts: [String: Int] {
        let own = [
            "sent": tiles.sent, "with pixels": stages["cut"]?.count ?? 0, "completed": tiles.completed,
            "resent late": tiles.reissued,
            "retried": tiles.retried, "speculative": tiles.backups, "given up": tiles.givenUp,
            "not sent": tiles.sendFailures, "dead letters": deadLetters, "workers lost": workers.lost,
            "rebalances": kafka.rebalances, "reconnects": kafka.reconnects,
        ]
        return own.merging(droppedResults) { mine, _ in mine }
    }
}
