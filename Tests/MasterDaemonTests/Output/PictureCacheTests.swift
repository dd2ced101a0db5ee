import NIOCore
import Synchronization
import Testing
import TileCore

@testable import MasterDaemon

@Suite(.timeLimit(.minutes(10))) struct PictureCacheTests {
    /// Makes pictures and counts them. If it is closed, each picture waits until `open` is called.
    private final class Maker: Sendable {
        private let state = Mutex((made: 0, isOpen: false, waiting: [CheckedContinuation<Void, Never>]()))
        var made: Int { state.withLock { $0.made } }

        init(isOpen: Bool = true) { state.withLock { $0.isOpen = isOpen } }

        func picture(bytes: Int = 1) async -> Picture {
            let number = state.withLock { state in
                state.made += 1
                return state.made
            }
            await withCheckedContinuation { continuation in
                let goesOn = state.withLock { state in
                    if !state.isOpen { state.waiting.append(continuation) }
                    return state.isOpen
                }
                if goesOn { continuation.resume() }
            }
            return Picture(bytes: Array(repeating: UInt8(number), count: bytes), encoding: .jpeg)
        }

        func open() {
            let waiting = state.withLock { state in
                state.isOpen = true
                return state.waiting
            }
            waiting.forEach { $0.resume() }
        }
    }

    private final class Clock: Sendable {
        private let clock = Mutex(FakeClock())
        var now: ContinuousClock.Instant { clock.withLock { $0.now } }
        func advance(_ duration: Duration) { clock.withLock { $0.advance(duration) } }
    }

    private let job = JobID.make()
    private let clock = Clock()
    private var unfinished: PictureCache.Key { .unfinishedPreview(job, pass: 0, side: 100) }

    private func cache(maximumBytes: Int = 1000) -> PictureCache {
        PictureCache(maximumBytes: maximumBytes) { [clock] in clock.now }
    }

    private func ask(
        _ cache: PictureCache, _ key: PictureCache.Key, _ maker: Maker, bytes: Int = 1
    ) async throws -> Picture {
        try await cache.picture(key) { await maker.picture(bytes: bytes) }
    }

    @Test func simultaneousRequestsShareOnePicture() async throws {
        let (cache, maker) = (cache(), Maker(isOpen: false))
        let keys: [PictureCache.Key] = [.preview(job, side: 1), .preview(job, side: 2), unfinished]
        let asking = keys.flatMap { key in (0..<50).map { _ in Task { try await ask(cache, key, maker) } } }
        while maker.made < keys.count { await Task.yield() }
        maker.open()
        for task in asking { _ = try await task.value }
        #expect(maker.made == keys.count)
    }

    @Test func unfinishedPictureIsKeptForAMoment() async throws {
        let (cache, maker) = (cache(), Maker())
        let first = try await ask(cache, unfinished, maker)
        clock.advance(.milliseconds(249))
        #expect(try await ask(cache, unfinished, maker) == first)
        clock.advance(.milliseconds(1))
        #expect(try await ask(cache, unfinished, maker) != first)
        #expect(maker.made == 2)
    }

    /// Decoding a gigapixel may take seconds.
    @Test(arguments: [(2, 8), (60, 10)]) func slowPictureIsKeptForLonger(seconds: Int, kept: Int) async throws {
        let (cache, maker) = (cache(), Maker(isOpen: false))
        let asking = Task { try await ask(cache, unfinished, maker) }
        while maker.made == 0 { await Task.yield() }
        clock.advance(.seconds(seconds))
        maker.open()
        let first = try await asking.value
        clock.advance(.seconds(kept) - .nanoseconds(1))
        #expect(try await ask(cache, unfinished, maker) == first)
        clock.advance(.nanoseconds(1))
        #expect(try await ask(cache, unfinished, maker) != first)
    }

    @Test func finalPictureIsNotKept() async throws {
        let (cache, maker) = (cache(), Maker())
        let key = PictureCache.Key.resultRegion(job, RegionQuery())
        _ = try await ask(cache, key, maker)
        _ = try await ask(cache, key, maker)
        #expect(maker.made == 2)
    }

    @Test func sampleIsMadeOnce() async throws {
        let (cache, maker) = (cache(maximumBytes: 1), Maker())
        for _ in 0..<3 {
            _ = try await ask(cache, .sample, maker, bytes: 100)
            clock.advance(.seconds(1_000_000))
        }
        #expect(maker.made == 1)
    }

    @Test func keptBytesAreLimited() async throws {
        let (cache, maker) = (cache(maximumBytes: 1000), Maker())
        func key(_ side: Int) -> PictureCache.Key { .unfinishedPreview(job, pass: 0, side: side) }
        for side in 1...3 {
            _ = try await ask(cache, key(side), maker, bytes: 400)
            clock.advance(.milliseconds(1))
        }
        // The oldest of the three was removed, so it is made again. That removes the second one.
        _ = try await ask(cache, key(1), maker, bytes: 400)
        #expect(maker.made == 4)
        _ = try await ask(cache, key(3), maker, bytes: 400)
        #expect(maker.made == 4)
        // A picture that is larger than the whole cache is still returned.
        #expect(try await ask(cache, key(4), maker, bytes: 5000).file.readableBytes == 5000)
    }

    @Test func errorGoesToAllWaitersAndIsNotKept() async throws {
        let cache = cache()
        let gate = Maker(isOpen: false)
        let asking = (0..<5).map { _ in
            Task {
                try await cache.picture(unfinished) {
                    _ = await gate.picture()
                    throw ServiceError.busy
                }
            }
        }
        while gate.made == 0 { await Task.yield() }
        gate.open()
        for task in asking { await #expect(throws: ServiceError.busy) { try await task.value } }
        #expect(try await ask(cache, unfinished, Maker()).file == ByteBuffer(bytes: [1]))
    }
}
