import Foundation
import TileCodecs
import TileCore

/// How the images of one file are stored while it is processed: in rings of rows, or whole if that is necessary or
/// takes less memory.
struct ImageStorage: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case whole
        /// A ring of this many rows.
        case ring(rows: Int)
    }

    /// For the image before each pass, and for the finished one.
    let kinds: [Kind]
    /// The largest memory that all of them take at a time, in bytes.
    let bytes: Int
    /// Whether rings lie in memory. Rings that together take more than a quarter of the machine's memory lie in files
    /// without names.
    let areRingsInMemory: Bool

    /// Whether the result has to be encoded while its rows become complete, because a ring does not keep them.
    var hasRingOfResult: Bool { kinds.last.map { $0 != .whole } ?? false }

    init(_ kinds: [Kind], bytes: Int, areRingsInMemory: Bool) {
        self.kinds = kinds
        self.bytes = bytes
        self.areRingsInMemory = areRingsInMemory
    }

    /// All images whole. Three exist at a time, as in `Rendering`.
    static func whole(_ plan: PassPlan) -> ImageStorage {
        let kinds = Array(repeating: Kind.whole, count: plan.passes.count + 1)
        return ImageStorage(kinds, bytes: bytes(of: kinds, plan).whole, areRingsInMemory: false)
    }

    /// Rings for all images that allow it, if they take less memory than whole images.
    /// - Parameters:
    ///   - source: the source's header, which says whether rows can be decoded one after the other. Some sources have
    ///     their rows in another order, or have no complete row before all are decoded.
    ///   - needsWholeResult: whether the encoder needs the whole result.
    ///   - tilesInFlight: how many tiles may be in flight. Each ring has rows for them, in addition to the rows that a
    ///     stage waits for.
    ///   - memory: the machine's memory in bytes.
    static func rings(
        _ plan: PassPlan, source: ImageHeader, needsWholeResult: Bool, tilesInFlight: Int,
        memory: Int = Int(clamping: ProcessInfo.processInfo.physicalMemory)
    ) -> ImageStorage {
        let (grid, last) = (plan.grid, plan.passes.count)
        let ahead = (tilesInFlight + grid.columns - 1) / grid.columns * grid.tileSize
        let kinds = (0...last).map { image -> Kind in
            if image == 0, !source.isReadByRows { return .whole }
            if image == last, needsWholeResult { return .whole }
            let rows = leastRows(plan, image, band: source.bandRows) + ahead
            return rows < grid.image.height ? .ring(rows: rows) : .whole
        }
        let (whole, rings) = bytes(of: kinds, plan)
        let all = Self.whole(plan)
        guard rings > 0, whole + rings < all.bytes else { return all }
        return ImageStorage(kinds, bytes: whole + rings, areRingsInMemory: rings <= memory / 4)
    }

    /// The fewest rows of an image with which no stage waits forever (`docs/decisions/0030-rings-of-rows.md`).
    ///
    /// Assume that the pass that reads the image has completed all tiles above row t, where a row of tiles begins. It
    /// needs the rows up to t + tile + halo, and still uses those from t - halo on. The writer of the image writes
    /// bands or tiles, so the last needed row may be the first row of such a piece. Everything fits into tile + 2 ·
    /// halo + piece rows. So the writer never waits for the reader while the reader waits for the writer. The encoder
    /// takes any complete rows, and needs no more than one piece. A tile is in flight only once its rows and those of
    /// its target exist, so a thread that has begun a tile always finishes it. Thus the encoder always progresses. That
    /// lets the last pass progress, and so on up to the decoder.
    /// - Parameters:
    ///   - image: the number of the pass that reads it; the number of passes for the finished one.
    ///   - band: how many rows are decoded at once.
    static func leastRows(_ plan: PassPlan, _ image: Int, band: Int) -> Int {
        let tile = plan.grid.tileSize
        let piece = image == 0 ? band : tile
        guard image < plan.passes.count else { return piece }
        return tile + 2 * plan.passes[image].geometry.halo + piece
    }

    private static func bytes(of kinds: [Kind], _ plan: PassPlan) -> (whole: Int, rings: Int) {
        let size = plan.grid.image
        var (largest, count, rings) = (0, 0, 0)
        for (image, kind) in kinds.enumerated() {
            let format = plan.format(before: image)
            switch kind {
            case .whole:
                largest = max(largest, PixelBuffer.byteCount(size: size, format: format))
                count += 1
            case .ring(let rows):
                rings += RowRing.byteCount(width: size.width, format: format, capacity: rows)
            }
        }
        return (min(3, count) * largest, rings)
    }
}
