import Foundation
import TileCodecs
import TileCore

/// Runs the codecs in this process, for files that the user of this process has chosen.
struct DirectCodecs: ImageCodecs {
    let decoders = AsyncSemaphore(places: ProcessInfo.processInfo.activeProcessorCount)
    let earlyEncoders = AsyncSemaphore(
        places: ProcessInfo.processInfo.activeProcessorCount, maximumWaiting: 0)
    let encoders = AsyncSemaphore(places: ProcessInfo.processInfo.activeProcessorCount)
    /// The folder of scratch files, on a disk that can hold an image. It has to exist only for large images.
    let scratchFolder: String
    /// Images with fewer pixels use no scratch file.
    private static let leastArea = 4 << 20
    /// How many threads decode or compress one image in parallel.
    var codecThreads = ImageWriter.cores

    func header(of source: String, page: Int?) throws -> ImageHeader { try ImageHeader.read(path: source, page: page) }

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, overviews: OverviewFile?,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        let maker = overviews?.begin().map { file in
            OverviewMaker(file, of: canvas.size, format: canvas.format, threads: codecThreads)
        }
        do {
            let notes = try CodecWork.decode(
                OwnedDescriptor(reading: source), options, threads: codecThreads, scratch: scratch(for: canvas),
                into: canvas, overviews: maker, until: isCancelled, progress: progress)
            if let maker { overviews?.end(maker.failure) }
            return notes
        } catch {
            overviews?.discard()
            throw error
        }
    }

    func beginDecoding(
        _ source: String, _ options: JobOptions, into image: any PixelRows, overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any SourceDecoding {
        if let canvas = image as? Canvas {
            return WholeDecoding(self, source, options, into: canvas, overviews: overviews)
        }
        let reader = try CodecWork.open(
            OwnedDescriptor(reading: source), options, threads: codecThreads, scratch: scratch(for: image), as: image)
        return RingDecoding(reader, into: image, options.metadata ?? .keep)
    }

    func beginEncoding(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any ResultEncoding {
        let file = overviews?.begin()
        do {
            let writer = try CodecWork.beginEncoding(
                image, of: .source(source), by: encoder, threads: codecThreads, scratch: scratch(for: image),
                into: OwnedDescriptor(creating: path), overviews: file)
            return DirectEncoding(writer, file == nil ? nil : overviews)
        } catch {
            overviews?.discard()
            throw error
        }
    }

    func readOverview(_ path: String, _ part: Overviews.Part, into canvas: Canvas) throws {
        try canvas.fill(from: OwnedDescriptor(reading: path), part)
    }

    func readRows(
        _ rows: Range<Int>, of source: String, page: Int?, index: String?, into canvas: Canvas,
        until isCancelled: () -> Bool
    ) throws {
        try CodecWork.readRows(
            rows, of: OwnedDescriptor(reading: source), page: page,
            index: index.map { try OwnedDescriptor(reading: $0) }, threads: codecThreads, into: canvas,
            until: isCancelled)
    }

    private func scratch(for image: any PixelRows) throws -> OwnedDescriptor? {
        image.size.area < Self.leastArea ? nil : try .unnamed(in: scratchFolder)
    }
}

/// A result that is written in this process.
private final class DirectEncoding: ResultEncoding, @unchecked Sendable {
    // Sendable: the caller makes one call at a time, each after the end of the previous one.
    private let writer: ResultWriter
    /// `nil` once they are complete or given up.
    private var overviews: OverviewFile?

    init(_ writer: ResultWriter, _ overviews: OverviewFile?) {
        self.writer = writer
        self.overviews = overviews
    }

    deinit { cancel() }

    func write(upTo complete: Int, until isCancelled: () -> Bool) throws {
        try writer.write(upTo: complete, until: isCancelled) { _ in }
    }

    func finish(until isCancelled: () -> Bool) throws -> [String] {
        let notes = try writer.finish(until: isCancelled) { _ in }
        overviews?.end(writer.overviewFailure)
        overviews = nil
        return notes
    }

    func cancel() {
        overviews?.discard()
        overviews = nil
    }
}

extension OwnedDescriptor {
    /// The source of a job, opened for its metadata.
    static func source(_ path: String) throws(ImagingError) -> OwnedDescriptor {
        do throws(ImageFileError) {
            return try OwnedDescriptor(reading: path)
        } catch {
            throw ImagingError(undecodable: error)
        }
    }
}
