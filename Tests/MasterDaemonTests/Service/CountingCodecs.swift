import Synchronization
import TileCodecs
import TileCore

@testable import MasterDaemon

/// Codecs that count what they read, and can simulate a full disk.
struct CountingCodecs: ForwardingCodecs {
    final class Counts: Sendable {
        private struct State {
            var decodings = 0
            var overviews = 0
            var rows: [Range<Int>] = []
            var fullDisks = 0
            var breaksOverviews = false
        }

        private let state = Mutex(State())

        /// The number of whole images that were decoded.
        var decodings: Int { state.withLock { $0.decodings } }
        /// Bands of rows that were read separately.
        var rows: [Range<Int>] { state.withLock { $0.rows } }
        /// The number of parts of overviews that were read.
        var overviews: Int { state.withLock { $0.overviews } }
        /// How many of the next results find a full disk.
        var fullDisks: Int {
            get { state.withLock { $0.fullDisks } }
            set { state.withLock { $0.fullDisks = newValue } }
        }
        /// Whether the disk is full for overviews only.
        var breaksOverviews: Bool {
            get { state.withLock { $0.breaksOverviews } }
            set { state.withLock { $0.breaksOverviews = newValue } }
        }

        func reset() { state.withLock { ($0.decodings, $0.overviews, $0.rows) = (0, 0, []) } }
        fileprivate func addDecoding() { state.withLock { $0.decodings += 1 } }
        fileprivate func addRows(_ rows: Range<Int>) { state.withLock { $0.rows.append(rows) } }
        fileprivate func addOverview() { state.withLock { $0.overviews += 1 } }
        fileprivate func takeFullDisk() -> Bool {
            state.withLock { state in
                defer { state.fullDisks -= state.fullDisks > 0 ? 1 : 0 }
                return state.fullDisks > 0
            }
        }
    }

    let codecs: DirectCodecs
    private let counts: Counts

    init(_ codecs: DirectCodecs, _ counts: Counts) {
        var codecs = codecs
        // With one thread, a JPEG has no restart markers.
        codecs.codecThreads = 2
        self.codecs = codecs
        self.counts = counts
    }

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, overviews: OverviewFile?,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        counts.addDecoding()
        return try codecs.decode(
            source, options, into: canvas, overviews: broken(overviews), until: isCancelled, progress: progress)
    }

    func beginEncoding(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any ResultEncoding {
        if counts.takeFullDisk() { throw ImagingError(.unencodable, "no space left", shortage: .disk) }
        return try codecs.beginEncoding(
            image, of: source, by: encoder, into: path, overviews: broken(overviews), until: isCancelled)
    }

    private func broken(_ file: OverviewFile?) -> OverviewFile? {
        guard counts.breaksOverviews else { return file }
        return file.map { OverviewFile(part: "/none/\($0.part)", path: $0.path, report: $0.report) }
    }

    func readOverview(_ path: String, _ part: Overviews.Part, into canvas: Canvas) throws {
        counts.addOverview()
        try codecs.readOverview(path, part, into: canvas)
    }

    func readRows(
        _ rows: Range<Int>, of source: String, page: Int?, index: String?, into canvas: Canvas,
        until isCancelled: () -> Bool
    ) throws {
        try codecs.readRows(rows, of: source, page: page, index: index, into: canvas, until: isCancelled)
        counts.addRows(rows)
    }
}
