import Logging
import Synchronization
import TileCore

@testable import MasterDaemon

/// A transport that shows the test what is sent, and lets it answer.
final class ScriptedTransport: TileTransport {
    /// A sent tile.
    struct Sent: Sendable {
        let tile: TileID
        let attempt: Int
        let generation: Int
        var count = 1
    }

    private struct State {
        var error: TransportError?
        var acknowledged = 0
    }

    private let state = Mutex(State())
    private let sent: AsyncStream<Sent>
    private let sending: AsyncStream<Sent>.Continuation
    private let failures: AsyncStream<Void>
    private let failing: AsyncStream<Void>.Continuation

    private let lends: Bool

    /// - Parameter lends: whether workers can work in the canvases.
    init(lends: Bool = false) {
        self.lends = lends
        (sent, sending) = AsyncStream.makeStream()
        (failures, failing) = AsyncStream.makeStream()
    }

    var acknowledged: Int { state.withLock { $0.acknowledged } }

    func acknowledge() { state.withLock { $0.acknowledged += 1 } }

    /// From now on every send fails with this error; `nil` for none.
    func fail(_ error: TransportError?) { state.withLock { $0.error = error } }

    func nextSent() async -> Sent {
        for await one in sent { return one }
        return Sent(tile: TileID(job: .make(), pass: 0, index: 0), attempt: 0, generation: 0)
    }

    func waitForFailure() async { for await _ in failures { return } }

    func canLend(_ order: PassOrder) -> Bool { lends }

    func send(_ dispatch: Scheduler.Dispatch, of order: PassOrder) async throws(TransportError) {
        if let error = state.withLock({ $0.error }) {
            failing.yield()
            throw error
        }
        sending.yield(
            Sent(
                tile: dispatch.tile, attempt: dispatch.attempt, generation: order.run.generation,
                count: dispatch.count))
    }

    func nextResult() async -> (any TileDelivery)? { nil }

    func close() async {}
}

/// A result whose pixels are all one byte.
struct ScriptedDelivery: TileDelivery {
    let result: TileResult
    let byte: UInt8
    let transport: ScriptedTransport

    var origin: Logger.Metadata { [:] }
    var acknowledgement: @Sendable () -> Void { { [transport] in transport.acknowledge() } }

    func write(to image: any PixelRows, at region: TileRegion) {
        let bytes = OwnedBytes(copying: [UInt8](repeating: byte, count: region.size.area))
        image.paste(PixelBuffer(adopting: bytes, size: region.size, format: image.format), at: region)
    }
}

/// Keeps all entries in memory.
final class ListLog: TileLog {
    private let list = Mutex<[TileChange]>([])
    private let endList = Mutex<[AttemptEnd]>([])

    var changes: [TileChange] { list.withLock { $0 } }
    var ends: [AttemptEnd] { endList.withLock { $0 } }
    var completed: [TileChange] { changes.filter { $0.status == .completed } }

    func append(_ changes: [TileChange], then: (@Sendable () -> Void)?) {
        list.withLock { $0 += changes }
        then?()
    }

    func append(_ end: AttemptEnd) { endList.withLock { $0.append(end) } }
}
