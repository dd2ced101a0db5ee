import TileCodecs
import TileCore

@testable import MasterDaemon

/// Codecs that forward every call to `codecs`, except those that a test replaces.
protocol ForwardingCodecs: ImageCodecs {
    var codecs: DirectCodecs { get }
}

extension ForwardingCodecs {
    var decoders: AsyncSemaphore { codecs.decoders }
    var earlyEncoders: AsyncSemaphore { codecs.earlyEncoders }
    var encoders: AsyncSemaphore { codecs.encoders }

    func header(of source: String, page: Int?) throws -> ImageHeader { try codecs.header(of: source, page: page) }

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, overviews: OverviewFile?,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        try codecs.decode(
            source, options, into: canvas, overviews: overviews, until: isCancelled, progress: progress)
    }

    func beginEncoding(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        overviews: OverviewFile?, until isCancelled: () -> Bool
    ) throws -> any ResultEncoding {
        try codecs.beginEncoding(
            image, of: source, by: encoder, into: path, overviews: overviews, until: isCancelled)
    }

    func readOverview(_ path: String, _ part: Overviews.Part, into canvas: Canvas) throws {
        try codecs.readOverview(path, part, into: canvas)
    }

    func readRows(
        _ rows: Range<Int>, of source: String, page: Int?, index: String?, into canvas: Canvas,
        until isCancelled: () -> Bool
    ) throws {
        try codecs.readRows(rows, of: source, page: page, index: index, into: canvas, until: isCancelled)
    }
}
