import Foundation
import Synchronization
import Testing

@testable import MasterDaemon
@testable import TileCodecs
@testable import TileCore

/// A transient shortage never fails an accepted job. The job waits and continues.
@Suite(.timeLimit(.minutes(10))) struct JobShortageTests {
    enum Place: CaseIterable { case decode, encode }

    @Test(arguments: [EMFILE, ENFILE, ENOMEM, ENOSPC], Place.allCases)
    func aJobGoesOnAfterAShortage(number: Int32, place: Place) async throws {
        let shortage = ImagingError.system(.unencodable, "cannot make a file", errno: number)
        try await expectCompletion(after: shortage, in: place)
    }

    @Test func aJobGoesOnAfterAShortageOfACodec() async throws {
        let error = ImageFileError(inaccessible: "the file cannot be opened", .files)
        try await expectCompletion(after: error, in: .decode)
    }

    /// Foundation reports the system's error inside one of its own.
    @Test func aJobGoesOnAfterAnErrorOfTheFileSystem() async throws {
        let error = CocoaError(
            .fileWriteUnknown, userInfo: [NSUnderlyingErrorKey: POSIXError(POSIXErrorCode.EMFILE)])
        try await expectCompletion(after: error, in: .encode)
    }

    @Test func anotherErrorFailsIt() async throws {
        let bench = try ServiceBench { codecs in
            FailingCodecs(codecs, times: 1, in: .encode, ImagingError.system(.unencodable, "cannot", errno: EIO))
        }
        try await bench.running { service in
            let job = try await bench.submit()
            await service.runner.settled(job.jobID)
            #expect(try await service.job(job.jobID).status == .failed)
        }
    }

    private func expectCompletion(after error: any Error & Sendable, in place: Place) async throws {
        let bench = try ServiceBench { FailingCodecs($0, times: 2, in: place, error) }
        try await bench.running { service in
            let job = try await bench.submit()
            await service.runner.settled(job.jobID)
            let done = try await service.job(job.jobID)
            #expect(done.status == .completed, "\(done.error ?? "")")
            // Two runs were blocked.
            #expect(done.generation == 3)
            #expect(try bench.isRight(done))
        }
    }
}

/// Codecs that fail a number of times, and then work.
private final class FailingCodecs: ForwardingCodecs {
    let codecs: DirectCodecs
    private let place: JobShortageTests.Place
    private let error: any Error & Sendable
    private let left: Mutex<Int>

    init(_ codecs: DirectCodecs, times: Int, in place: JobShortageTests.Place, _ error: any Error & Sendable) {
        self.codecs = codecs
        self.place = place
        self.error = error
        left = Mutex(times)
    }

    private func fail(in place: JobShortageTests.Place) throws {
        guard place == self.place else { return }
        let fails = left.withLock { left in
            defer { left -= 1 }
            return left > 0
        }
        if fails { throw error }
    }

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, overviews: OverviewFile?,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        try fail(in: .decode)
        return try codecs.decode(
            source, options, into: canvas, overviews: overviews, until: isCancelled, progress: progress)
    }

    func beginEncoding(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any ResultEncoding {
        try fail(in: .encode)
        return try codecs.beginEncoding(
            image, of: source, by: encoder, into: path, overviews: overviews, until: isCancelled)
    }
}
