import TileCore

/// Which partition takes the next tile, and how many bytes each has outstanding.
///
/// A partition never has more than `capacity` bytes outstanding, and all together never more than `total`, except for a
/// single tile that is larger. Among partitions with capacity left, the tile goes to the worker with the least to do for
/// its slots, and of that worker's partitions to the emptiest. A partition of which no heartbeat says whose it is counts as
/// a worker of its own, and as one that knows the original steps.
struct PartitionWindow: Sendable {
    struct Owner: Sendable, Hashable {
        let worker: String
        let slots: Int
        /// The names of the steps that it can do.
        var steps = TransformCatalogue.original
    }

    private struct Partition {
        var bytes = 0
        var tiles = 0
    }

    let capacity: Int
    let total: Int
    private var partitions: [Partition]
    private var owners: [Int: Owner] = [:]
    /// Where the search begins, so that equals take turns.
    private var turn = 0

    /// - Parameter partitions: none as long as nothing can be sent.
    init(partitions: Int, capacity: Int, total: Int = .max) {
        self.capacity = capacity
        self.total = total
        self.partitions = Array(repeating: Partition(), count: partitions)
    }

    var partitionCount: Int { partitions.count }

    /// Payload bytes on their way, all partitions together.
    private(set) var outstandingBytes = 0

    mutating func setOwners(_ owners: [Int: Owner]) { self.owners = owners }

    /// The topic has grown; partitions never go.
    mutating func grow(to count: Int) {
        partitions += Array(repeating: Partition(), count: max(0, count - partitions.count))
    }

    /// The worker that has the partition, if a heartbeat said so.
    func owner(of partition: Int) -> String? { owners[partition]?.worker }

    /// Whether another worker than this one has the partition.
    func isTaken(_ partition: Int, from worker: String) -> Bool {
        owners[partition].map { $0.worker != worker } ?? false
    }

    /// Whether some worker cannot do all of these steps.
    func isMixed(for steps: Set<String>) -> Bool { owners.values.contains { !steps.isSubset(of: $0.steps) } }

    /// Chooses a partition for `bytes` and counts them there; `nil` if none has the capacity.
    /// - Parameters:
    ///   - steps: only a worker that can do all of them is chosen.
    ///   - most: only a worker with less to do for each of its slots is chosen.
    ///   - tried: partitions that had the tile before: neither they nor others of the same workers are chosen.
    ///   - isIdle: only a worker with a free slot is chosen.
    mutating func place(
        _ bytes: Int, steps: Set<String> = [], most: Double = .infinity, avoiding tried: [Int] = [],
        idle isIdle: Bool = false
    ) -> Int? {
        guard outstandingBytes == 0 || outstandingBytes + bytes <= total else { return nil }
        let loads = loadByWorker()
        let triedWorkers = Set(tried.compactMap { owners[$0]?.worker })
        var best: (partition: Int, load: Double, bytes: Int)?
        for step in partitions.indices {
            let index = (turn + step) % partitions.count
            let partition = partitions[index]
            guard partition.tiles == 0 || partition.bytes + bytes <= capacity else { continue }
            guard !tried.contains(index), owners[index].map({ !triedWorkers.contains($0.worker) }) ?? true else {
                continue
            }
            guard steps.isSubset(of: owners[index]?.steps ?? TransformCatalogue.original) else { continue }
            let load = owners[index].flatMap { loads[$0.worker] } ?? Double(partition.tiles)
            guard load < (isIdle ? 1 : most) else { continue }
            if let current = best, (current.load, current.bytes) <= (load, partition.bytes) { continue }
            best = (index, load, partition.bytes)
        }
        guard let chosen = best?.partition else { return nil }
        partitions[chosen].bytes += bytes
        partitions[chosen].tiles += 1
        outstandingBytes += bytes
        turn = (chosen + 1) % partitions.count
        return chosen
    }

    /// Gives the capacity that a tile took back.
    mutating func release(_ partition: Int, bytes: Int) {
        partitions[partition].bytes -= bytes
        partitions[partition].tiles -= 1
        outstandingBytes -= bytes
    }

    /// Tiles outstanding for each slot of a worker.
    private func loadByWorker() -> [String: Double] {
        var loads: [String: Double] = [:]
        for (index, owner) in owners where partitions.indices.contains(index) {
            loads[owner.worker, default: 0] += Double(partitions[index].tiles) / Double(max(1, owner.slots))
        }
        return loads
    }
}
