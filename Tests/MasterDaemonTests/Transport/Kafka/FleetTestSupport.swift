import TileCore

@testable import MasterDaemon

extension Heartbeat {
    static func of(
        _ worker: String, instance: String = "i", host: String = "host", uptime: Double = 0, tilesDone: Int = 0,
        state: State = .online, slots: Int = 2, partitions: [Int] = [], rebalances: Int? = nil, reconnects: Int? = nil,
        lender: String? = nil, steps: [String]? = nil
    ) -> Heartbeat {
        Heartbeat(
            worker: worker, instance: instance, host: host, pid: 1, state: state, slots: slots, tilesDone: tilesDone,
            uptime: uptime, partitions: partitions, rebalances: rebalances, reconnects: reconnects, lender: lender,
            steps: steps)
    }
}
