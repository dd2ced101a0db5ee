import Foundation
import Synchronization
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

@Suite(.timeLimit(.minutes(10))) struct ViewCacheTests {
    private static let size = PixelSize(width: 10, height: 10)

    /// A decoder that records its requests. If it is closed, it waits until `open` is called.
    private final class Decoder: Sendable {
        private struct State {
            var begun: [String] = []
            var cancelled: [String] = []
            var isOpen = true
        }

        private let folder: TestFolder
        private let state = Mutex(State())

        init(isOpen: Bool = true) throws {
            folder = try TestFolder()
            state.withLock { $0.isOpen = isOpen }
        }

        var begun: [String] { state.withLock { $0.begun } }
        var cancelled: [String] { state.withLock { $0.cancelled } }
        func open() { state.withLock { $0.isOpen = true } }

        func decode(_ path: String, _ isCancelled: () -> Bool) throws -> Canvas {
            state.withLock { $0.begun.append(path) }
            let start = ContinuousClock.now
            while !state.withLock({ $0.isOpen }) {
                // A failing test has to end, too.
                guard ContinuousClock.now - start < .seconds(30) else { throw ServiceError(.internalError, "late") }
                guard !isCancelled() else {
                    state.withLock { $0.cancelled.append(path) }
                    throw CancellationError()
                }
                // This is a thread of the pool, so it may sleep.
                usleep(100)
            }
            return try Canvas.unnamed(in: folder.url.path, size: size, format: .gray(.eight))
        }
    }

    private final class Counter: Sendable {
        private let value = Mutex(0)
        var count: Int { value.withLock { $0 } }
        func add() { value.withLock { $0 += 1 } }
    }

    private func cache(_ decoder: Decoder, images: Int = 100) -> ViewCache {
        ViewCache(disk: DiskPool(threads: 2), maximumBytes: images * 100) { try decoder.decode($0.path, $1) }
    }

    private func canvas(_ cache: ViewCache, _ job: JobID) async throws -> Canvas {
        try await cache.canvas(
            ViewCache.Key(job: job, image: .source), size: Self.size, format: .gray(.eight),
            source: ViewCache.Source(path: "\(job)"))
    }

    private func until(_ isTrue: () -> Bool) async { while !isTrue() { await Task.yield() } }

    @Test func simultaneousRequestsShareOneDecoding() async throws {
        let decoder = try Decoder(isOpen: false)
        let (cache, job) = (cache(decoder), JobID.make())
        let looking = (0..<10).map { _ in Task { try await canvas(cache, job) } }
        await until { !decoder.begun.isEmpty }
        decoder.open()
        for task in looking { _ = try await task.value }
        _ = try await canvas(cache, job)
        #expect(decoder.begun == ["\(job)"])
    }

    @Test func decodingForADeletedJobIsCancelled() async throws {
        let decoder = try Decoder(isOpen: false)
        let (cache, job, next) = (cache(decoder), JobID.make(), JobID.make())
        let looking = Task { try await canvas(cache, job) }
        await until { decoder.begun == ["\(job)"] }
        let waiting = Task { try await canvas(cache, next) }
        await cache.forget(job)
        await #expect(throws: CancellationError.self) { try await looking.value }
        #expect(decoder.cancelled == ["\(job)"])
        // The next image is decoded now.
        await until { decoder.begun.count == 2 }
        decoder.open()
        _ = try await waiting.value
    }

    @Test func decodingForADeletedJobIsNotBegun() async throws {
        let decoder = try Decoder(isOpen: false)
        let (cache, first, deleted) = (cache(decoder), JobID.make(), JobID.make())
        let looking = Task { try await canvas(cache, first) }
        await until { !decoder.begun.isEmpty }
        let waiting = Task { try await canvas(cache, deleted) }
        while await cache.count < 2 { await Task.yield() }
        await cache.forget(deleted)
        await #expect(throws: CancellationError.self) { try await waiting.value }
        decoder.open()
        _ = try await looking.value
        #expect(decoder.begun == ["\(first)"])
    }

    @Test func leastRecentlyUsedImageIsRemoved() async throws {
        let decoder = try Decoder()
        let cache = cache(decoder, images: 2)
        let jobs = (0..<3).map { _ in JobID.make() }
        for job in jobs { _ = try await canvas(cache, job) }
        #expect(await cache.count == 2)
        _ = try await canvas(cache, jobs[1])
        _ = try await canvas(cache, jobs[2])
        #expect(decoder.begun == jobs.map { "\($0)" })
        _ = try await canvas(cache, jobs[0])
        #expect(decoder.begun.count == 4)
    }

    /// More images are requested than fit. Each request gets its image. Afterwards only as many stay as fit.
    @Test func everyRequestGetsItsImageHoweverFewFit() async throws {
        let decoder = try Decoder(isOpen: false)
        let cache = cache(decoder, images: 1)
        let looking = (0..<5).map { _ in Task { try await canvas(cache, .make()) } }
        while await cache.count < 5 { await Task.yield() }
        decoder.open()
        for task in looking { _ = try await task.value }
        #expect(decoder.cancelled.isEmpty && decoder.begun.count == 5)
        #expect(await cache.count == 1)
    }

    @Test func requestsBeyondTheQueueAreRefused() async throws {
        let decoder = try Decoder(isOpen: false)
        let cache = cache(decoder)
        let looking = (0..<50).map { _ in Task { try await canvas(cache, .make()) } }
        let refused = Counter()
        await withTaskGroup(of: Void.self) { group in
            for task in looking {
                group.addTask {
                    do {
                        _ = try await task.value
                    } catch {
                        if error as? ServiceError == .busy { refused.add() }
                    }
                }
            }
            // One is decoded, and 32 wait.
            await until { refused.count == 17 }
            decoder.open()
        }
        #expect(refused.count == 17 && decoder.begun.count == 33)
    }

    /// A whole image can take many seconds.
    @Test func rowsDoNotWaitForAWholeImage() async throws {
        let (whole, rows) = (try Decoder(isOpen: false), try Decoder())
        let cache = ViewCache(disk: DiskPool(threads: 3), maximumBytes: 10_000) { source, isCancelled in
            try (source.part == nil ? whole : rows).decode(source.path, isCancelled)
        }
        let job = JobID.make()
        let looking = Task { try await canvas(cache, job) }
        await until { whole.begun.count == 1 }
        let key = ViewCache.Key(job: job, image: .source, rows: 0..<10)
        let part = ViewCache.Part(rows: 0..<10, index: nil, size: Self.size, format: .gray(.eight))
        for _ in 0..<2 {
            _ = try await cache.canvas(
                key, size: Self.size, format: .gray(.eight), source: ViewCache.Source(path: "rows", part: part))
        }
        #expect(rows.begun == ["rows"])
        #expect(await cache.has(key))
        #expect(await !cache.has(ViewCache.Key(job: job, image: .source)))
        await cache.forget(job)
        await #expect(throws: CancellationError.self) { try await looking.value }
        #expect(await cache.count == 0)
    }

    /// Decodes into real files. If all had one name, one decoder would truncate the file that another has mapped.
    @Test func imageIsDecodedManyTimesAtOnce() async throws {
        let folder = try TestFolder()
        try folder.write(SampleImage.jpeg(), to: "image.jpg")
        let path = folder.path("image.jpg")
        let sums = try await withThrowingTaskGroup(of: [UInt8].self) { group in
            for _ in 0..<8 {
                group.addTask {
                    let canvas = try DirectCodecs(scratchFolder: folder.url.path).decoded(path, in: folder.url.path)
                    return try PreviewMaker.jpeg(of: canvas, side: 64)
                }
            }
            return try await group.reduce(into: Set()) { $0.insert($1) }
        }
        #expect(sums.count == 1)
        #expect(folder.contents == ["image.jpg"])
    }
}
