import Foundation
import Logging
import Testing
import TileCore

@testable import MasterDaemon

extension Measurements {
    /// The time that reading an upload's header takes, in a codec process.
    @Suite(.serialized) struct HeaderTimeTests {
        private static let readings = 50

        @Test func headerIsReadWithinMilliseconds() async throws {
            try await Workbench.with { bench in
                let source = bench.file("photo.jpg")
                try TestImage.file(1024, 1024, as: .jpeg).write(to: URL(filePath: source))
                let disk = DiskPool(threads: 1)
                let times = await disk.runQuietly { Self.times(source, scratch: bench.folder) ?? [] }
                await disk.close()
                let sorted = try #require(times).sorted()
                print("header of 1024×1024 JPEG in a codec process: median \(sorted[Self.readings / 2])")
                #expect(sorted.count == Self.readings && sorted[Self.readings / 2] < .milliseconds(10), "\(sorted)")
            }
        }

        /// - Returns: `nil` if a codec process cannot read the header.
        private static func times(_ source: String, scratch: String) -> [Duration]? {
            let codecs = CodecProcesses(
                program: Programs.master, scratchFolder: scratch,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            defer { codecs.close() }
            do {
                try codecs.start()
                return try (0..<readings).map { _ in
                    try ContinuousClock().measure { _ = try codecs.header(of: source, page: nil) }
                }
            } catch {
                return nil
            }
        }
    }
}
