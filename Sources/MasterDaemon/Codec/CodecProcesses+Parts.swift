import TileCodecs
import TileCore

/// Headers, and parts of images, for viewers.
extension CodecProcesses {
    func header(of source: String, page: Int?) throws -> ImageHeader {
        let file = try OwnedDescriptor(reading: source)
        let limits = CodecLimits.header(sourceBytes: Self.size(source))
        do {
            let answer = try perform(
                .header(page: page), [file], within: limits, until: { false }, progress: { _ in })
            switch answer {
            case .header(let header) where header.isPossible: return header
            case .refused(let error) where error.code == .outOfMemory:
                throw ImageFileError(.damaged, CodecAnswer.outOfMemory("decoder", limits))
            case .refused(let error): throw error
            case .failed(let error): throw ImageFileError(.inaccessible, error.reason)
            default: throw answer.invalidAnswer("decoder")
            }
        } catch let failure as CodecProcess.Failure {
            throw ImageFileError(.damaged, failure.reason)
        }
    }

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
