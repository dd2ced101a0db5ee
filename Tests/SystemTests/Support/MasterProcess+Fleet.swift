import TileCore

extension MasterProcess {
    /// Returns once these workers, and no others, share all partitions of the embedded broker.
    func fleet(_ ids: [String], within seconds: Double = 40) async throws {
        try await eventually("\(ids) share the partitions", within: seconds) {
            let online = try await workers().workers.filter { $0.status == "online" }
            let isShared =
                Set(online.map(\.workerId)) == Set(ids) && online.allSatisfy { !$0.partitions.isEmpty }
                && online.flatMap(\.partitions).sorted() == Array(0..<EmbeddedBroker.partitions)
            return isShared ? true : nil
        }
    }
}
