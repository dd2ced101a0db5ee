import Foundation
import Testing

extension SystemTests.SmallTiles {
    /// Metadata of a source goes through the whole system, or a note names its loss. `Tests/Codecs` tests what each
    /// format can hold.
    @Suite struct MetadataTests {
        private static let text = Array("Title".utf8) + [0] + Array("A hill".utf8)
        private static let linear: [UInt8] = [0, 1, 0x86, 0xA0]
        private static let source = PNGFile.file(
            width: 100, color: .rgb, rows: Array(repeating: (0..<300).map { UInt8($0 % 251) }, count: 90),
            chunks: [("gAMA", linear), ("tEXt", text)])

        private func contains(_ chunk: [UInt8], _ file: Data) -> Bool { file.range(of: Data(chunk)) != nil }

        @Test func resultOfTheSameFormatKeepsMetadata() async throws {
            let master = try SharedMaster.master
            let job = try await master.submit(Self.source, transforms: "invert")
            let result = try await master.completed(job)
            #expect(contains(Array("tEXt".utf8) + Self.text, result))
            #expect(contains(Array("gAMA".utf8) + Self.linear, result))
            #expect(try await master.job(job.jobId).notes == [])
        }

        @Test func metadataThatAFormatCannotHoldIsNoted() async throws {
            let master = try SharedMaster.master
            let job = try await master.submit(Self.source, transforms: "invert", format: "jpeg")
            _ = try await master.completed(job)
            let notes = try await master.job(job.jobId).notes
            #expect(notes.contains("text was left out (Title): JPEG has no place for it"))
            #expect(notes.contains { $0.contains("gAMA") && $0.contains("colors may look different") })
        }

        @Test func stripKeepsColorsOnly() async throws {
            let master = try SharedMaster.master
            let job = try await master.submit(Self.source, transforms: "invert", options: ["metadata": "strip"])
            let result = try await master.completed(job)
            #expect(!contains(Array("tEXt".utf8), result) && contains(Array("gAMA".utf8), result))
        }

        @Test func privateKeepsOtherMetadata() async throws {
            let master = try SharedMaster.master
            let place = Array("GPSLatitude".utf8) + [0] + Array("48.1".utf8)
            let source = PNGFile.file(
                width: 100, color: .rgb, rows: Array(repeating: (0..<300).map { UInt8($0 % 251) }, count: 90),
                chunks: [("gAMA", Self.linear), ("tEXt", Self.text), ("tEXt", place)])
            let job = try await master.submit(source, transforms: "invert", options: ["metadata": "private"])
            let result = try await master.completed(job)
            #expect(!contains(place, result))
            #expect(contains(Array("tEXt".utf8) + Self.text, result))
            #expect(contains(Array("gAMA".utf8) + Self.linear, result))
            // The loss was requested, so there is no note.
            #expect(try await master.job(job.jobId).notes == [])
        }

        @Test func optionOfAnotherFormatIsRefused() async throws {
            let master = try SharedMaster.master
            let answer = try await master.post(
                Self.source, transforms: "invert", format: "png", options: ["subsampling": "444"])
            let detail = try answer.expectProblem(400, "bad-request")
            #expect(detail.contains("subsampling is for jpeg"))
        }
    }
}
