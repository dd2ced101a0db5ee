import Synchronization
import TileCore

/// A source that is decoded into a canvas in one step.
final class WholeDecoding: SourceDecoding {
    private let codecs: any ImageCodecs
    private let source: String
    private let options: JobOptions
    private let canvas: Canvas
    private let overviews: OverviewFile?
    private let notes = Mutex<[String]>([])

    init(
        _ codecs: any ImageCodecs, _ source: String, _ options: JobOptions, into canvas: Canvas,
        overviews: OverviewFile?
    ) {
        self.codecs = codecs
        self.source = source
        self.options = options
        self.canvas = canvas
        self.overviews = overviews
    }

    var rowsWanted: Int { canvas.size.height }

    func read(upTo limit: Int, until isCancelled: () -> Bool, progress: (Int) -> Void) throws -> Int {
        let said = try codecs.decode(
            source, options, into: canvas, overviews: overviews, until: isCancelled, progress: progress)
        notes.withLock { $0 = said }
        return canvas.size.height
    }

    func finish() -> [String] { notes.withLock { $0 } }
}
