internal import CImageCodecs
public import TileCore

extension PixelBuffer {
    /// Returns the image without alpha, laid over a background.
    /// - Precondition: BGRA of 8 bits.
    func flattened(over background: BackgroundColor) -> PixelBuffer {
        precondition(format == .bgra(.eight), "no alpha to lay over a background")
        let flat = PixelBuffer(size: size, format: .bgr(.eight))
        let color = [background.blue, background.green, background.red]
        for row in 0..<size.height {
            unsafe twc_alpha_flatten(
                pointer(x: 0, y: row).assumingMemoryBound(to: UInt8.self),
                flat.pointer(x: 0, y: row).assumingMemoryBound(to: UInt8.self), size.width, color)
        }
        return flat
    }
}

extension PixelRows {
    /// The first pixel in these rows, from the top left, whose alpha is not full; `nil` if there is none.
    public func firstTransparentPixel(in rows: Range<Int>) -> (x: Int, y: Int)? {
        guard format.hasAlpha, !rows.isEmpty else { return nil }
        return withPixels(rows: rows) { strip -> (x: Int, y: Int)? in
            for row in 0..<strip.size.height {
                let x = unsafe twc_alpha_first_transparent(
                    strip.pointer(x: 0, y: row), strip.size.width, UInt32(format.depth.rawValue))
                if x < strip.size.width { return (x, rows.lowerBound + row) }
            }
            return nil
        }
    }
}
