import Foundation
import Synchronization
import TileCodecs
import TileCore

@testable import MasterDaemon

/// The in-process transport, with random delays, so that tiles come in another order.
final class JitteryTransport: TileTransport {
    private let inner: InProcessTransport
    private let random: Mutex<SeededGenerator>

    init(_ inner: InProcessTransport, seed: UInt64) {
        self.inner = inner
        random = Mutex(SeededGenerator(seed: seed))
    }

    func send(_ dispatch: Scheduler.Dispatch, of order: PassOrder) async throws(TransportError) {
        let pause = random.withLock { Int.random(in: 0..<4, using: &$0) }
        if pause > 0 { try? await Task.sleep(for: .microseconds(500 * pause)) }
        try await inner.send(dispatch, of: order)
    }

    func nextResult() async -> (any TileDelivery)? { await inner.nextResult() }

    func close() async { await inner.close() }
}

/// Codecs that call a test's function at certain rows, which can delay, wait or throw.
struct FaultyCodecs: ForwardingCodecs {
    let codecs: DirectCodecs
    /// Called with the number of decoded rows, after each step.
    var decoding: @Sendable (Int) throws -> Void = { _ in }
    /// Called with the number of rows to encode, before each step.
    var encoding: @Sendable (Int) throws -> Void = { _ in }

    func beginDecoding(
        _ source: String, _ options: JobOptions, into image: any PixelRows, overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any SourceDecoding {
        Decoding(
            inner: try codecs.beginDecoding(source, options, into: image, overviews: overviews, until: isCancelled),
            fault: decoding)
    }

    func beginEncoding(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        overviews: OverviewFile?, until isCancelled: () -> Bool
    ) throws -> any ResultEncoding {
        Encoding(
            inner: try codecs.beginEncoding(
                image, of: source, by: encoder, into: path, overviews: overviews, until: isCancelled),
            height: image.size.height, fault: encoding)
    }

    private struct Decoding: SourceDecoding {
        let inner: any SourceDecoding
        let fault: @Sendable (Int) throws -> Void

        var rowsWanted: Int { inner.rowsWanted }

        func read(upTo limit: Int, until isCancelled: () -> Bool, progress: (Int) -> Void) throws -> Int {
            // One band at a time.
            let rows = try inner.read(upTo: inner.rowsWanted, until: isCancelled, progress: progress)
            try fault(rows)
            return rows
        }

        func finish() throws -> [String] { try inner.finish() }
    }

    private struct Encoding: ResultEncoding {
        let inner: any ResultEncoding
        let height: Int
        let fault: @Sendable (Int) throws -> Void

        func write(upTo complete: Int, until isCancelled: () -> Bool) throws {
            try fault(complete)
            try inner.write(upTo: complete, until: isCancelled)
        }

        func finish(until isCancelled: () -> Bool) throws -> [String] {
            try fault(height)
            return try inner.finish(until: isCancelled)
        }

        func cancel() { inner.cancel() }
    }
}
