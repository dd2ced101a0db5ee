import Synchronization

/// The unfinished tiles of a pass, by index. Debug builds count the accesses, so that tests can show that frequent
/// operations do not access all tiles.
struct TileTable<Tile: Sendable>: Sendable {
    private var tiles: [Int: Tile]
    #if DEBUG
        private let counter = AccessCounter()
        /// The accesses to this table and its copies.
        var accesses: Int { counter.count.withLock { $0 } }
    #endif

    init(_ indices: [Int], _ tile: Tile) {
        tiles = Dictionary(uniqueKeysWithValues: indices.map { ($0, tile) })
    }

    var count: Int { tiles.count }
    var isEmpty: Bool { tiles.isEmpty }

    subscript(index: Int) -> Tile? {
        get {
            countAccess()
            return tiles[index]
        }
        _modify {
            countAccess()
            yield &tiles[index]
        }
    }

    private func countAccess() {
        #if DEBUG
            counter.count.withLock { $0 += 1 }
        #endif
    }
}

#if DEBUG
    private final class AccessCounter: Sendable {
        let count = Mutex(0)
    }
#endif
