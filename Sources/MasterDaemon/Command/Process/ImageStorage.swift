import Foundation
import TileCodecs
import TileCore

/// How the images of one file lie while it is processed: in rings of rows, or whole if it has to be or if that takes
/// less.
struct ImageStorage: Sendable, Equatable {
    enum Kind: Sendable, Equatable {
        case whole
        /// So many rows at a time.
        case ring(rows: Int)
    }

    /// Of the image before each pass, and of the finished one.
    let kinds: [Kind]
    /// The most that all of them take at a time.
    let bytes: Int
    /// Rings that together take more than a quarter of the machine's memory lie in files without names.
    let areRingsInMemory: Bool

    /// The result is encoded while its rows come; later they are gone.
    var hasRingOfResult: Bool { kinds.last.map { $0 != .whole } ?? false }

    init(_ kinds: [Kind], bytes: Int, areRingsInMemory: Bool) {
        self.kinds = kinds
        self.bytes = bytes
        self.areRingsInMemory = areRingsInMemory
    }

    /// All images as a whole: three at a time, as `Rendering` has it.
    static func whole(_ plan: PassPlan) -> ImageStorage {
        let kinds = Array(repeating: Kind.whole, count: plan.passes.count + 1)
        return ImageStorage(kinds, bytes: bytes(of: kinds, plan).whole, areRingsInMemory: false)
    }

    /// Rings for all images that allow it, if they take less than whole images.
    /// - Parameters:
    ///   - source: its rows may come in another order, or not at all before the last one is there.
    ///   - needsWholeResult: the encoder does.
    ///   - tilesInFlight: rings have rows for so many tiles beside those that are waited for.
    ///   - memory: of the machine, in bytes.
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

    /// The fewest rows of an image with which no stage waits for ever (`docs/decisions/0030-rings-of-rows.md`).
    ///
    /// Say the pass that reads the image has all tiles above a row of tiles, which begins at row t. It needs the rows up
    /// to t + tile + halo, and still has those from t - halo on. Whoever writes the image writes it by bands or by tiles,
    /// so that the last row that is needed may be the first of such a piece. All of it fits into
    /// tile + 2 · halo + piece rows; so the writer never waits for the reader while the reader waits for the writer. The
    /// encoder takes whatever rows are complete, and needs no more than one piece. A tile is in flight only once its rows
    /// and those of its target are there, so that a thread that has begun one always ends it. Thus the encoder always gets
    /// on, which lets the last pass get on, and so forth up to the decoder.
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
