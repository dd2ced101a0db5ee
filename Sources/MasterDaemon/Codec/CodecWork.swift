import TileCodecs
import TileCore

/// Decoding and encoding of open files, the same in this process and in a codec process.
enum CodecWork {
    /// - Parameters:
    ///   - threads: that decode side by side, if the file allows it.
    ///   - scratch: an empty file for reading and writing, made if it is needed; without one, memory has to do.
    static func decode(
        _ source: OwnedDescriptor, _ options: JobOptions, threads: Int,
        scratch: @autoclosure () throws -> OwnedDescriptor?, into canvas: Canvas, until isCancelled: () -> Bool,
        progress: (Int) -> Void
    ) throws -> [String] {
        let reader = try open(source, options, threads: threads, scratch: scratch(), as: canvas)
        guard try canvas.fill(from: reader, until: isCancelled, progress: progress) else { throw CancellationError() }
        return reader.notes(options.metadata ?? .keep)
    }

    /// Opens a source whose pixels are to be read.
    /// - Throws: also `ImagingError` if it is not of the image's size and format.
    static func open(
        _ source: OwnedDescriptor, _ options: JobOptions, threads: Int,
        scratch: @autoclosure () throws -> OwnedDescriptor?, as image: any PixelRows
    ) throws -> ImageReader {
        let reader = try ImageReader.open(source, page: options.page, threads: threads, scratch: scratch)
        guard reader.header.size == image.size, reader.header.pixelFormat == image.format else {
            throw ImagingError(.undecodable, "the source is another image than it was before")
        }
        return reader
    }

    /// - Parameters:
    ///   - threads: that compress bands of rows side by side.
    ///   - output: an empty file for reading and writing, as `scratch` is.
    static func beginEncoding(
        _ image: any PixelRows, of source: OwnedDescriptor, by encoder: ResultEncoder, threads: Int,
        scratch: @autoclosure () throws -> OwnedDescriptor?, into output: OwnedDescriptor
    ) throws -> ResultWriter {
        let reader: ImageReader
        do throws(ImageFileError) {
            reader = try ImageReader(source, page: encoder.options.page)
        } catch {
            throw ImagingError(undecodable: error)
        }
        return try encoder.begin(image, of: reader, into: output, scratch: scratch(), threads: threads)
    }
}
