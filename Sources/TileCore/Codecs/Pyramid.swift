internal import CImageCodecs
public import TileCore

/// Smaller images after the first in one TIFF file, each half as large as the one before, for viewers that show a part
/// of a large image.
struct Pyramid {
    /// From half the image's size down. The last one fits into one tile.
    let sizes: [PixelSize]

    init(of size: PixelSize, tileSide: Int) {
        var sizes: [PixelSize] = []
        var last = size
        while max(last.width, last.height) > tileSide {
            last = last.halved
            sizes.append(last)
        }
        self.sizes = sizes
    }

    /// The place of each smaller image in one canvas: below each other.
    var regions: [TileRegion] {
        var top = 0
        return sizes.map { size in
            defer { top += size.height }
            return TileRegion(x: 0, y: top, width: size.width, height: size.height)
        }
    }
}

extension Canvas {
    /// Writes the whole image as tiles, and the smaller images of the writer's pyramid.
    /// - Parameters:
    ///   - scratch: an empty file for the smaller images, on a disk that can hold a third of the image; if it is `nil`,
    ///     memory is used.
    ///   - isCancelled: called often. Once it is true, the file stays as it is.
    ///   - progress: called with the number of written rows.
    /// - Returns: whether everything was written.
    public func drainPyramid(
        into writer: ImageWriter, over scratch: OwnedDescriptor?, until isCancelled: () -> Bool,
        progress: (Int) -> Void
    ) throws(ImagingError) -> Bool {
        precondition(writer.size == size && writer.format == format, "an image of another kind")
        let whole = TileRegion(whole: size)
        guard try drainTiles(of: whole, 0, into: writer, until: isCancelled, progress: progress) else { return false }
        let regions = writer.pyramid?.regions ?? []
        if let first = regions.first, let last = regions.last {
            let levels = try Canvas.temporary(
                size: PixelSize(width: first.width, height: last.y + last.height), format: format, over: scratch)
            var (source, larger) = (self, whole)
            for (index, region) in regions.enumerated() {
                source.halve(larger, into: levels, at: region)
                guard try levels.drainTiles(of: region, index + 1, into: writer, until: isCancelled, progress: { _ in })
                else { return false }
                (source, larger) = (levels, region)
            }
        }
        do throws(ImageFileError) { try writer.finish() } catch { throw ImagingError(unencodable: error) }
        return true
    }

    private func drainTiles(
        of image: TileRegion, _ level: Int, into writer: ImageWriter, until isCancelled: () -> Bool,
        progress: (Int) -> Void
    ) throws(ImagingError) -> Bool {
        let side = writer.tileSide
        for y in stride(from: 0, to: image.height, by: side) {
            if isCancelled() { return false }
            for x in stride(from: 0, to: image.width, by: side) {
                let region = TileRegion(
                    x: image.x + x, y: image.y + y, width: min(side, image.width - x),
                    height: min(side, image.height - y))
                do throws(ImageFileError) {
                    try withPixels(in: region) { tile throws(ImageFileError) in
                        try writer.write(tile, level: level, column: x / side, row: y / side)
                    }
                } catch {
                    throw ImagingError(unencodable: error)
                }
            }
            progress(min(image.height, y + side))
        }
        return true
    }

    /// Copies a part of the image at half its size, rounded up, into another canvas. Each pixel is the mean of four.
    private func halve(_ part: TileRegion, into target: Canvas, at region: TileRegion) {
        withPixels(in: part) { source in
            target.withMutablePixels(rows: region.y..<(region.y + region.height)) { half in
                for row in 0..<region.height {
                    let hasLower = 2 * row + 1 < part.height
                    unsafe twc_halve_rows(
                        source.pointer(x: 0, y: 2 * row), hasLower ? source.pointer(x: 0, y: 2 * row + 1) : nil,
                        half.pointer(x: region.x, y: row), UInt32(part.width), UInt32(format.channels),
                        UInt32(format.depth.rawValue))
                }
            }
        }
    }
}
