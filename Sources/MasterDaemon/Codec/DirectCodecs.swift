import Foundation
import TileCore

/// The codecs in this process, for files that their user has chosen.
struct DirectCodecs: ImageCodecs {
    /// One image is decoded while another is encoded.
    let places = AsyncSemaphore(places: ProcessInfo.processInfo.activeProcessorCount)
    /// For files without a name, on a disk that can hold an image.
    let scratchFolder: String

    func header(of source: String, page: Int?) throws -> ImageHeader { try ImageHeader.read(path: source, page: page) }

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, until isCancelled: () -> Bool,
        progress: (Int) -> Void
    ) throws -> [String] {
        try CodecWork.decode(
            OwnedDescriptor(reading: source), options, scratch: .unnamed(in: scratchFolder), into: canvas,
            until: isCancelled, progress: progress)
    }

    func encode(
        _ image: Canvas, of source: String, by encoder: ResultEncoder, into path: String,
        until isCancelled: () -> Bool
    ) throws -> [String] {
        try CodecWork.encode(
            image, of: OwnedDescriptor(reading: source), by: encoder, scratch: .unnamed(in: scratchFolder),
            into: OwnedDescriptor(creating: path), until: isCancelled, progress: { _ in })
    }
}
