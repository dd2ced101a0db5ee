import Synchronization

/// The tiles of a pass that are not done, by index. Debug builds count how often one is looked at: what is asked several
/// times a second must not look at all.
struct TileTable<Tile: Sendable>: Sendable {
    private var tiles: [Int: Tile]
    #if DEBUG
        private let counter = LookCounter()
        /// Of this table and its copies.
        var looks: Int { counter.count.withLock { $0 } }
    #endif

    init(_ indices: [Int], _ tile: Tile) {
        tiles = Dictionary(uniqueKeysWithValues: indices.map { ($0, tile) })
    }

    var count: Int { tiles.count }
    var isEmpty: Bool { tiles.isEmpty }

    subscript(index: Int) -> Tile? {
        get {
            look()
            return tiles[index]
        }
        _modify {
            look()
            yield &tiles[index]
        }
    }

    private func look() {
        #if DEBUG
            counter.count.withLock { $0 += 1 }
        #endif
    }
}

#if DEBUG
    private final class LookCounter: Sendable {
        let count = Mutex(0)
    }
#endif
