import Foundation
import Logging
import NIOCore
import Synchronization
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// Makes jobs with images just large enough for overviews, compares their regions with the files, and counts what was read
/// for the regions.
struct RegionBench {
    static let side = 1300

    let codecs = CountingCodecs.Counts()
    let logs = RecordedWarnings()

    func bench(folder: TestFolder? = nil, overviewArea: Int = 1_000_000) throws -> ServiceBench {
        try ServiceBench(folder: folder, tileSize: 512, overviewArea: overviewArea, logger: logs.logger) {
            [codecs] in CountingCodecs($0, codecs)
        }
    }

    /// Accepts an image that is as smooth as a photograph.
    func submit(
        _ service: JobService, side: Int = Self.side, as source: ImageFileFormat = .png,
        to format: ImageFileFormat = .png
    ) async throws -> JobRecord {
        let (id, size) = (JobID.make(), PixelSize(width: side, height: side - 20))
        let waves = (0..<2 * side).map { UInt8((sin(Double($0) / 31) + 1) * 60) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size.area * 3)
        for y in 0..<size.height {
            for x in 0..<size.width { bytes += [waves[x] + waves[y], waves[x + y] * 2, waves[x] * 2] }
        }
        let pixels = PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: .bgr(.eight))
        try write(pixels, to: service.files.source(id), OutputEncoding(fileFormat: source))
        return try await service.submit(
            id, JobRequest(filename: "a") { ["transforms": "invert", "format": format.rawValue][$0] })
    }

    /// A completed job. Only later reads are counted.
    func done(
        _ service: JobService, as source: ImageFileFormat = .png, to format: ImageFileFormat = .png
    ) async throws -> JobRecord {
        let job = try await submit(service, as: source, to: format)
        await service.runner.settled(job.jobID)
        let done = try await service.job(job.jobID)
        #expect(done.status == .completed, "\(done.error ?? "")")
        codecs.reset()
        return done
    }

    func overviews(_ bench: ServiceBench) -> Set<String> { bench.jobFiles.filter { $0.hasSuffix(".tif") } }

    func pixels(_ picture: Picture, in folder: TestFolder) throws -> PixelBuffer {
        let path = try folder.write(Array(picture.file.readableBytesView), to: "picture-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try MasterDaemonTests.pixels(ofFile: path)
    }

    /// The mean difference of samples between a picture and the file's region, scaled down by OpenCV.
    func distance(
        _ region: JobService.Region, _ query: RegionQuery, _ path: String, _ folder: TestFolder
    ) throws -> Double {
        let part = try MasterDaemonTests.pixels(ofFile: path).copy(region.region)
        let expected = try part.shrunk(toFit: query.side)
        let shown = try pixels(region.picture, in: folder)
        try #require(shown.size == expected.size)
        var samples: ([UInt8], [UInt8]) = ([], [])
        shown.forEachRow { row in samples.0 += [UInt8](copying: row) }
        expected.forEachRow { row in samples.1 += [UInt8](copying: row) }
        return Double(zip(samples.0, samples.1).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) })
            / Double(samples.0.count)
    }
}

/// Records log lines of the level warning and above.
final class RecordedWarnings: Sendable {
    private let state = Mutex<[String]>([])
    var all: [String] { state.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(logs: self) } }

    private struct Handler: LogHandler {
        let logs: RecordedWarnings
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.warning

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { logs.state.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") } }
    }
}
