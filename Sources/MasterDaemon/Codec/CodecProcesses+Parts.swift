import TileCodecs
import TileCore

/// Parts of images, for viewers.
extension CodecProcesses {
    func readOverview(_ path: String, _ part: Overviews.Part, into canvas: Canvas) throws {
        let file = try OwnedDescriptor(reading: path)
        _ = try done(
            .overview(part, format: canvas.format), [file, try Self.file(of: canvas)],
            within: .decoding(part.region.size, sourceBytes: Self.size(path), .tiff), .undecodable,
            until: { false }, progress: { _ in })
    }

    func readRows(
        _ rows: Range<Int>, of source: String, page: Int?, index: String?, into canvas: Canvas,
        until isCancelled: () -> Bool
    ) throws {
        let file = try OwnedDescriptor(reading: source)
        let request = CodecRequest.readRows(
            rows, page: page, size: canvas.size, format: canvas.format, threads: codecThreads, hasIndex: index != nil)
        _ = try done(
            request, [file, try Self.file(of: canvas)] + (index.map { [try OwnedDescriptor(reading: $0)] } ?? []),
            within: .decoding(canvas.size, sourceBytes: Self.size(source), ImageFileFormat(beginningOf: file)),
            .undecodable, until: isCancelled, progress: { _ in })
    }
}
