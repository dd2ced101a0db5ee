import TileCodecs
import TileCore

/// Writes a finished image as a file, with the metadata of its source.
struct ResultEncoder: Sendable, Codable {
    let pipeline: Pipeline
    let format: ImageFileFormat
    let quality: Int?
    let options: JobOptions

    /// Begins the file.
    /// - Parameters:
    ///   - source: a reader that has read only the header.
    ///   - output: an empty file for reading and writing, as `overviews` and `scratch` are.
    ///   - overviews: the file for the result's overviews; `nil` if none are wanted.
    ///   - threads: how many threads compress bands of rows in parallel.
    func begin(
        _ image: any PixelRows, of source: ImageReader, into output: OwnedDescriptor, overviews: OwnedDescriptor?,
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

    /// A check whether the result's format can do without the alpha of a source.
    func alphaCheck(of image: any PixelRows) -> AlphaCheck { AlphaCheck(image, for: format, options.background) }
}

extension ImageFileFormat {
    /// The format of the written pixels: without alpha if the file format has none.
    func without(alphaOf pixels: PixelFormat) -> PixelFormat {
        pixels.hasAlpha && !hasAlpha ? .bgr(pixels.depth) : pixels
    }
}
