/// The counts of a master since its start, as the chaos summary shows them.
extension StatisticsAnswer {
    static let chaosTileNames = [
        "sent", "with pixels", "completed", "resent late", "retried", "speculative", "given up", "not sent",
    ]
    static let chaosClusterNames = ["dead letters", "workers lost", "rebalances", "reconnects"]

    /// Counts by their names in the summary. Dropped results are counted by reason.
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
