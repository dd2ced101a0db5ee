import Foundation
import TileCodecs
import TileCore

/// The codecs in this process, for files that their user has chosen.
struct DirectCodecs: ImageCodecs {
    let decoders = AsyncSemaphore(places: ProcessInfo.processInfo.activeProcessorCount)
    let earlyEncoders = AsyncSemaphore(
        places: ProcessInfo.processInfo.activeProcessorCount, maximumWaiting: 0)
    let encoders = AsyncSemaphore(places: ProcessInfo.processInfo.activeProcessorCount)
    /// For files without a name, on a disk that can hold an image. It may be missing as long as images are small.
    let scratchFolder: String
    /// Pixels of an image that takes a scratch file, if its format uses one.
    private static let leastArea = 4 << 20
    /// That decode or compress one image side by side.
    var codecThreads = ImageWriter.cores

    func header(of source: String, page: Int?) throws -> ImageHeader { try ImageHeader.read(path: source, page: page) }

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, until isCancelled: () -> Bool,
        progress: (Int) -> Void
    ) throws -> [String] {
        try CodecWork.decode(
            OwnedDescriptor(reading: source), options, threads: codecThreads, scratch: scratch(for: canvas),
            into: canvas, until: isCancelled, progress: progress)
    }

    func beginDecoding(
        _ source: String, _ options: JobOptions, into image: any PixelRows, until isCancelled: () -> Bool
    ) throws -> any SourceDecoding {
        if let canvas = image as? Canvas { return WholeDecoding(self, source, options, into: canvas) }
        let reader = try CodecWork.open(
            OwnedDescriptor(reading: source), options, threads: codecThreads, scratch: scratch(for: image), as: image)
        return RingDecoding(reader, into: image, options.metadata ?? .keep)
    }

    func beginEncoding(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        until isCancelled: () -> Bool
    ) throws -> any ResultEncoding {
        DirectEncoding(
            try CodecWork.beginEncoding(
                image, of: .source(source), by: encoder, threads: codecThreads, scratch: scratch(for: image),
                into: OwnedDescriptor(creating: path)))
    }

    private func scratch(for image: any PixelRows) throws -> OwnedDescriptor? {
        image.size.area < Self.leastArea ? nil : try .unnamed(in: scratchFolder)
    }
}

/// A result that is written in this process.
private final class DirectEncoding: ResultEncoding, @unchecked Sendable {
    // Sendable: there is one call at a time, each of which happens after the one before.
    private let writer: ResultWriter

    init(_ writer: ResultWriter) { self.writer = writer }

    func write(upTo complete: Int, until isCancelled: () -> Bool) throws {
        try writer.write(upTo: complete, until: isCancelled) { _ in }
    }

    func finish(until isCancelled: () -> Bool) throws -> [String] {
        try writer.finish(until: isCancelled) { _ in }
    }

    func cancel() {}
}

extension OwnedDescriptor {
    /// A job's source, for its metadata.
    static func source(_ path: String) throws(ImagingError) -> OwnedDescriptor {
        do throws(ImageFileError) {
            return try OwnedDescriptor(reading: path)
        } catch {
            throw ImagingError(undecodable: error)
        }
    }
}
