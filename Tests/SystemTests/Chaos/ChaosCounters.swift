/// What a master has counted since its start.
struct ChaosCounters: Decodable, Sendable {
    struct Tiles: Decodable, Sendable {
        let sent: Int
        let completed: Int
        let reissued: Int
        let retried: Int
        let backups: Int
        let givenUp: Int
        let sendFailures: Int
    }

    struct Workers: Decodable, Sendable { let lost: Int }

    struct Kafka: Decodable, Sendable {
        let rebalances: Int
        let reconnects: Int
    }

    let tiles: Tiles
    let workers: Workers
    let kafka: Kafka
    let droppedResults: [String: Int]
    let deadLetters: Int

    static let tileNames = ["sent", "completed", "sent again late", "retried", "backups", "given up", "not sent"]
    static let clusterNames = ["dead letters", "workers lost", "rebalances", "reconnects"]

    /// By their names in the summary; dropped results by their reason.
    var values: [String: Int] {
        let own = [
            "sent": tiles.sent, "completed": tiles.completed, "sent again late": tiles.reissued,
            "retried": tiles.retried, "backups": tiles.backups, "given up": tiles.givenUp,
            "not sent": tiles.sendFailures, "dead letters": deadLetters, "workers lost": workers.lost,
            "rebalances": kafka.rebalances, "reconnects": kafka.reconnects,
        ]
        return own.merging(droppedResults) { mine, _ in mine }
    }
}
