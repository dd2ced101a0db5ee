import TileCore

/// Counts the outstanding bytes of each partition, and chooses the partition of the next tile.
///
/// A partition never has more than `capacity` bytes outstanding, and all partitions together never more than `total`. A
/// single larger tile is allowed. The tile goes to the worker with the fewest tiles per slot that has capacity left, and to
/// the emptiest of its partitions. A partition without a known owner counts as a separate worker that knows the original
/// steps.
struct PartitionWindow: Sendable {
    struct Owner: Sendable, Hashable {
        let worker: String
        let slots: Int
        /// The names of the steps that the worker knows.
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
    /// The partitions whose owners work in lent canvases.
    private var borrowers: Set<Int> = []
    /// Where the search begins, so that equal partitions take turns.
    private var turn = 0

    /// - Parameter partitions: the number of partitions; 0 while nothing can be sent.
    init(partitions: Int, capacity: Int, total: Int = .max) {
        self.capacity = capacity
        self.total = total
        self.partitions = Array(repeating: Partition(), count: partitions)
    }

    var partitionCount: Int { partitions.count }

    /// Outstanding payload bytes of all partitions.
    private(set) var outstandingBytes = 0

    mutating func setOwners(_ owners: [Int: Owner], borrowers: Set<Int> = []) {
        self.owners = owners
        self.borrowers = borrowers
    }

    /// Whether the partition's owner works in lent canvases.
    func isBorrower(_ partition: Int) -> Bool { borrowers.contains(partition) }

    /// Whether all known workers work in lent canvases.
    var isLentOnly: Bool { !owners.isEmpty && owners.keys.allSatisfy(borrowers.contains) }

    /// Adds partitions after the topic has grown. Topics never shrink.
    mutating func grow(to count: Int) {
        partitions += Array(repeating: Partition(), count: max(0, count - partitions.count))
    }

    /// The worker that has the partition by the heartbeats; `nil` if it is not known.
    func owner(of partition: Int) -> String? { owners[partition]?.worker }

    /// Whether a worker other than `worker` has the partition.
    func isTaken(_ partition: Int, from worker: String) -> Bool {
        owners[partition].map { $0.worker != worker } ?? false
    }

    /// Whether some workers do not know all of these steps.
    func isMixed(for steps: Set<String>) -> Bool { owners.values.contains { !steps.isSubset(of: $0.steps) } }

    /// Chooses a partition for a tile and counts its bytes there; `nil` if no partition has the capacity.
    /// - Parameters:
    ///   - bytes: the size of the tile.
    ///   - lentBytes: what the tile takes of a partition whose owner works in lent canvases; `nil` if it cannot be lent.
    ///   - steps: only a worker that knows all of them is chosen.
    ///   - most: only a worker with fewer outstanding tiles per slot is chosen.
    ///   - tried: partitions that had the tile before. Other partitions of the same workers are excluded, too.
    ///   - isIdle: whether only a worker with a free slot is chosen.
    mutating func reserve(
        _ bytes: Int, lentBytes: Int? = nil, steps: Set<String> = [], most: Double = .infinity,
        avoiding tried: [Int] = [],
        idle isIdle: Bool = false
    ) -> Int? {
        let loads = loadByWorker()
        let triedWorkers = Set(tried.compactMap { owners[$0]?.worker })
        var best: (partition: Int, load: Double, bytes: Int)?
        for step in partitions.indices {
            let index = (turn + step) % partitions.count
            let partition = partitions[index]
            let bytes = size(bytes, lentBytes, in: index)
            guard outstandingBytes == 0 || outstandingBytes + bytes <= total,
                partition.tiles == 0 || partition.bytes + bytes <= capacity
            else { continue }
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
        take(chosen, size(bytes, lentBytes, in: chosen))
        turn = (chosen + 1) % partitions.count
        return chosen
    }

    /// Counts the bytes of another tile in a partition, if that has the capacity. Returns whether it has.
    mutating func add(_ bytes: Int, to partition: Int) -> Bool {
        guard partitions[partition].bytes + bytes <= capacity, outstandingBytes + bytes <= total else { return false }
        take(partition, bytes)
        return true
    }

    private func size(_ bytes: Int, _ lentBytes: Int?, in partition: Int) -> Int {
        lentBytes.flatMap { borrowers.contains(partition) ? $0 : nil } ?? bytes
    }

    private mutating func take(_ partition: Int, _ bytes: Int) {
        partitions[partition].bytes += bytes
        partitions[partition].tiles += 1
        outstandingBytes += bytes
    }

    /// Frees the capacity that a tile took.
    mutating func release(_ partition: Int, bytes: Int) {
        partitions[partition].bytes -= bytes
        partitions[partition].tiles -= 1
        outstandingBytes -= bytes
    }

    /// The outstanding tiles per slot of each worker.
    private func loadByWorker() -> [String: Double] {
        var loads: [String: Double] = [:]
        for (index, owner) in owners where partitions.indices.contains(index) {
            loads[owner.worker, default: 0] += Double(partitions[index].tiles) / Double(max(1, owner.slots))
        }
        return loads
    }
}
