import Foundation
import TileCodecs
import TileCore

/// Makes small JPEGs of the current pixels of a job.
struct PreviewMaker: Sendable {
    /// The longest side, in pixels.
    static let side = 1024
    static let quality = 85

    /// A JPEG of the current pixels of an image.
    static func jpeg(of image: Canvas, side: Int = Self.side) throws(ImagingError) -> [UInt8] {
        try image.withPixels { pixels throws(ImagingError) in
            let small = try pixels.shrunk(toFit: side)
            return try small.jpeg(quality: quality)
        }
    }
}
