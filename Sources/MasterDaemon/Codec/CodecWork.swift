import TileCore

/// Decoding and encoding of open files, the same in this process and in a codec process.
enum CodecWork {
    /// - Parameter scratch: an empty file for reading and writing.
    static func decode(
        _ source: OwnedDescriptor, _ options: JobOptions, scratch: OwnedDescriptor, into canvas: Canvas,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        let reader = try ImageReader(source, page: options.page, scratch: scratch)
        guard reader.header.size == canvas.size, reader.header.pixelFormat == canvas.format else {
            throw ImagingError(.undecodable, "the source is another image than it was before")
        }
        guard try canvas.fill(from: reader, until: isCancelled, progress: progress) else { throw CancellationError() }
        return reader.notes(options.metadata ?? .keep)
    }

    /// - Parameter output: an empty file for reading and writing, as `scratch` is.
    static func encode(
        _ image: Canvas, of source: OwnedDescriptor, by encoder: ResultEncoder, scratch: OwnedDescriptor,
        into output: OwnedDescriptor, until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        let reader: ImageReader
        do throws(ImageFileError) {
            reader = try ImageReader(source, page: encoder.options.page)
        } catch {
            throw ImagingError(undecodable: error)
        }
        return try encoder.encode(
            image, of: reader, into: output, scratch: scratch, until: isCancelled, progress: progress)
    }
}
