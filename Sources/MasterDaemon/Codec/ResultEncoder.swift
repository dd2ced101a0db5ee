import TileCodecs
import TileCore

/// Writes a finished image as a file, with what its source says beside the pixels.
struct ResultEncoder: Sendable, Codable {
    let pipeline: Pipeline
    let format: ImageFileFormat
    let quality: Int?
    let options: JobOptions

    /// Begins the file.
    /// - Parameters:
    ///   - source: has read nothing but the header.
    ///   - output: an empty file for reading and writing, as `overviews` and `scratch` are.
    ///   - overviews: for those of the result; `nil` if none are wanted.
    ///   - threads: that compress bands of rows side by side.
    func begin(
        _ image: Canvas, of source: ImageReader, into output: OwnedDescriptor, overviews: OwnedDescriptor?,
        scratch: @autoclosure () throws -> OwnedDescriptor?, threads: Int
    ) throws -> ResultWriter {
        let (header, pixels) = (source.header, format.without(alphaOf: image.format))
        var encoding = options.encoding(format, quality: quality)
        encoding.isGrayAlpha =
            pixels.hasAlpha && format.hasGrayAlpha && pipeline.isGray(from: header.isGrayAlpha)
        let transfer = MetadataTransfer(
            source.metadata, of: header, policy: options.metadata ?? .keep, into: format, size: image.size,
            isGray: encoding.isGrayAlpha || pixels.channels == 1 && format.hasGray)
        encoding.isAlphaAssociated = header.hasAssociatedAlpha
        return try ResultWriter(
            image, format: pixels, encoding: encoding, background: options.background, metadata: transfer.result,
            notes: transfer.notes, into: output, overviews: overviews,
            scratch: encoding.usesScratch ? scratch() : nil, threads: threads)
    }

    /// Whether alpha is in the way of the format; known once the source is decoded, since transforms leave alpha alone.
    /// - Returns: what is said of it, if it is left out.
    /// - Throws: `JobFailure` if the image is transparent somewhere, and nothing was said of what is behind it.
    func checkAlpha(of image: Canvas) throws -> [String] {
        guard image.format.hasAlpha, !format.without(alphaOf: image.format).hasAlpha else { return [] }
        if let background = options.background { return ["alpha was laid over the background \(background)"] }
        if let (x, y) = image.firstTransparentPixel() {
            throw JobFailure(
                reason: "the image is transparent at (\(x), \(y)), and \(format.rawValue) has no alpha; choose png, "
                    + "tiff, webp or bmp, or say what is behind it, as in background=ffffff")
        }
        return ["alpha was left out: it is opaque everywhere, and \(format.rawValue) has no alpha"]
    }
}

extension ImageFileFormat {
    /// The pixels that are written of such pixels: without alpha if the format has none.
    func without(alphaOf pixels: PixelFormat) -> PixelFormat {
        pixels.hasAlpha && !hasAlpha ? .bgr(pixels.depth) : pixels
    }
}
