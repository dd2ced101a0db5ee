import Synchronization

/// The unfinished tiles of a pass, by index. Debug builds count the accesses, so that tests can show that frequent
/// operations do not access all tiles.
struct TileTable<Tile: Sendable>: Sendable {
    private var tiles: [Int: Tile]
    #if DEBUG
        private let counter = LookCounter()
        /// The accesses to this table and its copies.
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
