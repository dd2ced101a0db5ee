import TileCodecs
import TileCore

/// Decodes and encodes open files, in a codec process or, for `DirectCodecs`, in the process of a command.
enum CodecWork {
    /// - Parameters:
    ///   - threads: how many threads decode in parallel, if the file allows it.
    ///   - scratch: makes an empty file for reading and writing, if it is needed; if it returns `nil`, memory is used.
    ///   - overviews: makes overviews of the canvas while its rows become complete.
    static func decode(
        _ source: OwnedDescriptor, _ options: JobOptions, threads: Int,
        scratch: @autoclosure () throws -> OwnedDescriptor?, into canvas: Canvas, overviews: OverviewMaker? = nil,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        let reader = try open(source, options, threads: threads, scratch: scratch(), as: canvas)
        let isWhole = try canvas.fill(from: reader, until: isCancelled) { rows in
            overviews?.add(upTo: rows, of: canvas)
            progress(rows)
        }
        guard isWhole else { throw CancellationError() }
        overviews?.finish(canvas)
        return reader.notes(options.metadata ?? .keep)
    }

    /// Opens a source whose pixels will be read.
    /// - Throws: also `ImagingError` if the source does not have the size and format of the image.
    static func open(
        _ source: OwnedDescriptor, _ options: JobOptions, threads: Int,
        scratch: @autoclosure () throws -> OwnedDescriptor?, as image: any PixelRows
    ) throws -> ImageReader {
        let reader = try ImageReader.open(source, page: options.page, threads: threads, scratch: scratch)
        guard reader.header.size == image.size, reader.header.pixelFormat == image.format else {
            throw ImagingError(.undecodable, "the source has changed: its size or format is another one")
        }
        return reader
    }

    /// Reads only some rows of an image.
    /// - Parameters:
    ///   - index: the file of the image's overviews, which has the index of its rows; `nil` for a format that needs
    ///     none.
    ///   - canvas: a canvas of the size of the rows.
    static func readRows(
        _ rows: Range<Int>, of source: OwnedDescriptor, page: Int?, index: OwnedDescriptor?, threads: Int,
        into canvas: Canvas, until isCancelled: () -> Bool
    ) throws {
        let reader = try ImageReader(
            source, rows: rows, index: index.flatMap { try RowIndex(endOf: $0) }, page: page, threads: threads)
        guard reader.header.size == canvas.size, reader.header.pixelFormat == canvas.format else {
            throw ImagingError(.undecodable, "the file has changed: its size or format is another one")
        }
        guard try canvas.fill(from: reader, until: isCancelled) else { throw CancellationError() }
    }

    /// - Parameters:
    ///   - threads: how many threads compress bands of rows in parallel.
    ///   - output: an empty file for reading and writing, as `scratch` and `overviews` are.
    ///   - overviews: the file for the result's overviews; `nil` if none are wanted.
    static func beginEncoding(
        _ image: any PixelRows, of source: OwnedDescriptor, by encoder: ResultEncoder, threads: Int,
        scratch: @autoclosure () throws -> OwnedDescriptor?, into output: OwnedDescriptor,
        overviews: OwnedDescriptor? = nil
    ) throws -> ResultWriter {
        let reader: ImageReader
        do throws(ImageFileError) {
            reader = try ImageReader(source, page: encoder.options.page)
        } catch {
            throw ImagingError(undecodable: error)
        }
        return try encoder.begin(
            image, of: reader, into: output, overviews: overviews, scratch: scratch(), threads: threads)
    }
}
