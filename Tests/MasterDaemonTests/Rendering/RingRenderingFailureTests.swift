import Foundation
import Synchronization
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// A failure in the middle ends all stages with its reason, although they wait for each other's rows.
@Suite(.timeLimit(.minutes(10))) struct RingRenderingFailureTests {
    private typealias Request = RenderingBench.Request

    private static let request: Request = {
        var request = Request(transforms: "blur:ksize=31,invert,blur:ksize=9")
        request.tileBytes = 1
        return request
    }()

    @Test(arguments: [0, 100, 450, 899]) func truncatedSourceEndsAllStages(row: Int) async throws {
        try await RenderingBench.with { bench in
            let source = try bench.picture(100, 900, as: .bmp)
            // A tall BMP file begins with its last row.
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: source)))
            let torn = try bench.folder.write(Array(bytes.dropLast(row * 300 + 300)), to: "torn.bmp")
            let whole = await #expect(throws: (any Error).self) {
                try await bench.render(torn, Self.request, .whole)
            }
            let rings = await #expect(throws: (any Error).self) { try await bench.render(torn, Self.request) }
            #expect("\(rings, default: "none")" == "\(whole, default: "none")")
        }
    }

    @Test(arguments: [ImageFileFormat.png, .jpeg, .tiff]) func damagedSourceFailsWithTheSameReason(
        file: ImageFileFormat
    ) async throws {
        try await RenderingBench.with { bench in
            let source = try bench.picture(100, 900, as: file)
            var bytes = try [UInt8](Data(contentsOf: URL(filePath: source)))
            for index in (bytes.count * 2 / 3)..<(bytes.count * 2 / 3 + 40) { bytes[index] ^= 0x5A }
            let damaged = try bench.folder.write(bytes, to: "damaged")
            func reason(_ layout: RenderingBench.Layout) async -> String {
                do {
                    try await bench.render(damaged, Self.request, layout)
                    return "none"
                } catch let error as JobFailure {
                    return error.reason
                } catch {
                    return "\(error)"
                }
            }
            let (whole, rings) = (await reason(.whole), await reason(.leastRings))
            #expect(whole == rings)
        }
    }

    private struct InjectedError: Error {}

    @Test(arguments: [64, 512, 900]) func failingDecoderEndsAllStages(row: Int) async throws {
        try await RenderingBench.with(codecs: { codecs in
            FaultyCodecs(codecs: codecs, decoding: { if $0 >= row { throw InjectedError() } })
        }) { bench in
            let source = try bench.picture(100, 900)
            await #expect(throws: InjectedError.self) { try await bench.render(source, Self.request) }
        }
    }

    @Test(arguments: [64, 512, 900]) func failingEncoderEndsAllStages(row: Int) async throws {
        try await RenderingBench.with(codecs: { codecs in
            FaultyCodecs(codecs: codecs, encoding: { if $0 >= row { throw InjectedError() } })
        }) { bench in
            let source = try bench.picture(100, 900)
            await #expect(throws: InjectedError.self) { try await bench.render(source, Self.request) }
        }
    }

    @Test func fullDiskIsReported() async throws {
        try await RenderingBench.with { bench in
            let source = try bench.picture(500, 3000)
            var request = Request(format: .png)
            request.result = "/dev/full"
            let error = await #expect(throws: ServiceError.self) { try await bench.render(source, request) }
            #expect(error?.code == .diskFull)
        }
    }

    /// The cancellation comes while decoding is far ahead and waits for space, or while encoding has all but the last
    /// rows.
    @Test(arguments: [true, false]) func cancellationEndsAllStages(isDecoding: Bool) async throws {
        let (reached, reaching) = AsyncStream<Void>.makeStream()
        let going = DispatchSemaphore(value: 0)
        let stop: @Sendable (Int) throws -> Void = { rows in
            guard rows >= 512, rows < 900 else { return }
            reaching.yield()
            reaching.finish()
            going.wait()
            going.signal()
        }
        try await RenderingBench.with(codecs: { codecs in
            isDecoding
                ? FaultyCodecs(codecs: codecs, decoding: stop) : FaultyCodecs(codecs: codecs, encoding: stop)
        }) { bench in
            let source = try bench.picture(100, 900)
            let rendering = Task { try await bench.render(source, Self.request) }
            for await _ in reached { break }
            rendering.cancel()
            going.signal()
            await #expect(throws: CancellationError.self) { try await rendering.value }
            // The next rendering is not affected.
            let other = try bench.picture(80, 300, name: "other")
            try await bench.render(other, Self.request)
            #expect(try bench.isRight(other, Self.request))
        }
    }

    /// Of two renderings at the same time, one fails in the middle and the other completes.
    @Test func failureDoesNotAffectOtherRenderings() async throws {
        try await RenderingBench.with { bench in
            let (good, bad) = (try bench.picture(100, 900), try bench.picture(100, 900, as: .bmp, name: "bad"))
            let bytes = try [UInt8](Data(contentsOf: URL(filePath: bad)))
            let torn = try bench.folder.write(Array(bytes.dropLast(60_000)), to: "torn.bmp")
            async let first: Void = {
                await #expect(throws: (any Error).self) {
                    var request = Self.request
                    request.result = "other"
                    try await bench.render(torn, request)
                }
            }()
            try await bench.render(good, Self.request)
            await first
            #expect(try bench.isRight(good, Self.request))
        }
    }
}
