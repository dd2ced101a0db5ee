internal import CImageCodecs
public import TileCore

/// Writes the overviews of an image while its rows become complete. Each pixel is the mean of four pixels of the next
/// larger image.
///
/// It holds one row of tiles of each level: 128 MiB in total at most, half of it for the first level. Belongs to one
/// thread at a time. Without `finish` the file is not complete.
public final class OverviewWriter {
    /// High, because the pictures made from overviews are compressed once more.
    private static let quality = 92
    private static let tileSide = 512
    /// The largest row of tiles of the first level, in bytes.
    private static let maximumStrip = 64 << 20
    /// How many rows of the image are read at once.
    private static let stripRows = 64

    private struct Level {
        let size: PixelSize
        /// The level's current row of tiles.
        let strip: Canvas
        /// How many rows of the level are done.
        var rows = 0
    }

    private let size: PixelSize
    private let format: PixelFormat
    private let writer: ImageWriter
    private let file: OwnedDescriptor
    private var levels: [Level] = []
    /// How many rows of the image were read.
    private var rows = 0

    /// Begins the file.
    /// - Parameters:
    ///   - file: an empty one, open for reading and writing.
    ///   - size: the size of the image.
    ///   - format: the image's format, or the same without alpha. Overviews always have 8 bits.
    ///   - threads: how many compress tiles side by side; 1 is the caller's thread alone.
    public init(
        _ file: OwnedDescriptor, of size: PixelSize, format: PixelFormat, threads: Int
    ) throws(ImagingError) {
        self.file = file
        self.size = size
        self.format = format
        let half = size.halved
        // Very wide images have smaller tiles, so that memory can hold a row of them.
        var side = Self.tileSide
        while half.width * side * format.bytesPerPixel > Self.maximumStrip, side > 16 { side /= 2 }
        var encoding = OutputEncoding(fileFormat: .tiff, quality: format.hasAlpha ? nil : Self.quality)
        encoding.compression = format.hasAlpha ? .zstd : .jpeg
        encoding.subsampling = .full
        encoding.tileSide = side
        encoding.isPyramid = true
        writer = try ImageWriter(
            file, size: half, format: format.with(depth: .eight), encoding: encoding, metadata: ImageMetadata(),
            threads: threads)
        for size in [half] + (writer.pyramid?.sizes ?? []) {
            let strip = PixelSize(width: size.width, height: min(side, size.height))
            levels.append(Level(size: size, strip: try .temporary(size: strip, format: format, over: nil)))
        }
    }

    /// Reads the rows that have become complete since the last call.
    /// - Parameters:
    ///   - complete: how many rows are complete from the top.
    ///   - background: the color behind transparent pixels, if overviews have no alpha.
    /// - Precondition: the image has the size and format of `init`, or the same format with alpha and 8 bits.
    public func add(upTo complete: Int, of image: any PixelRows, over background: BackgroundColor) throws(ImagingError)
    {
        precondition(image.size == size && complete <= size.height, "another image")
        // Rows are read in pairs, except the last one of an odd height.
        let end = complete == size.height ? complete : complete & ~1
        guard end > rows else { return }
        do throws(ImageFileError) {
            for rows in image.strips(of: Self.stripRows, in: rows..<end) {
                try image.withPixels(rows: rows) { strip throws(ImageFileError) in
                    if image.format.hasAlpha, !format.hasAlpha {
                        try halve(strip.flattened(over: background))
                    } else {
                        try halve(strip)
                    }
                }
                self.rows = rows.upperBound
            }
        } catch {
            throw ImagingError(unencodable: error)
        }
    }

    /// Writes the rest. Then the file is complete.
    /// - Parameter rowIndex: the index of rows of the image's own file. It is appended to this file; see
    ///   `RowIndex.init(endOf:)`.
    /// - Precondition: all rows of the image were read.
    public func finish(rowIndex: RowIndex? = nil) throws(ImagingError) {
        precondition(rows == size.height, "rows are missing")
        do throws(ImageFileError) {
            try writer.finish()
            try rowIndex?.append(to: file)
        } catch {
            throw ImagingError(unencodable: error)
        }
    }

    private func halve(_ strip: borrowing PixelBuffer) throws(ImageFileError) {
        for row in stride(from: 0, to: strip.size.height, by: 2) {
            let lower = row + 1 < strip.size.height ? unsafe strip.pointer(x: 0, y: row + 1) : nil
            try unsafe halve(strip.pointer(x: 0, y: row), lower, width: size.width, into: 0)
        }
    }

    /// Appends a row to a level: the mean of two rows of the next larger image, or one row at the end of an odd height.
    /// Each pair of new rows makes a row of the next level.
    private func halve(
        _ upper: UnsafeMutableRawPointer, _ lower: UnsafeMutableRawPointer?, width: Int, into index: Int
    ) throws(ImageFileError) {
        let level = levels[index]
        let row = level.rows % writer.tileSide
        level.strip.withMutablePixels(rows: row..<row + 1) { half in
            unsafe twc_halve_rows(
                upper, lower, half.base, UInt32(width), UInt32(format.channels), UInt32(format.depth.rawValue))
        }
        levels[index].rows += 1
        let isLast = level.rows + 1 == level.size.height
        if index + 1 < levels.count, isLast || row % 2 == 1 {
            // Both rows are in the strip, because tiles have an even number of rows.
            try level.strip.withPixels { strip throws(ImageFileError) in
                let upper = row & ~1
                try unsafe halve(
                    strip.pointer(x: 0, y: upper), row % 2 == 1 ? strip.pointer(x: 0, y: upper + 1) : nil,
                    width: level.size.width, into: index + 1)
            }
        }
        if isLast || row + 1 == writer.tileSide { try writeTiles(of: index, rows: row + 1) }
    }

    private func writeTiles(of index: Int, rows: Int) throws(ImageFileError) {
        let (level, side) = (levels[index], writer.tileSide)
        for x in stride(from: 0, to: level.size.width, by: side) {
            let region = TileRegion(x: x, y: 0, width: min(side, level.size.width - x), height: rows)
            try level.strip.withPixels(in: region) { pixels throws(ImageFileError) in
                try write(pixels, level: index, column: x / side, row: (level.rows - 1) / side)
            }
        }
    }

    private func write(
        _ pixels: borrowing PixelBuffer, level: Int, column: Int, row: Int
    ) throws(ImageFileError) {
        guard format.depth == .sixteen else {
            return try writer.write(pixels, level: level, column: column, row: row)
        }
        let tile: PixelBuffer
        do throws(ImagingError) {
            tile = try pixels.shrunk(to: pixels.size, keepingAlpha: true)
        } catch {
            throw ImageFileError(error.isOutOfMemory ? .outOfMemory : .inaccessible, error.reason)
        }
        try writer.write(tile, level: level, column: column, row: row)
    }
}
