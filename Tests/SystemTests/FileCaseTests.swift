import Foundation
import Testing
import TileCodecs
import TileCore

extension SystemTests.SmallTiles {
    /// The files of `Tests/Codecs/cases` through `serve`. `Tests/Codecs` tests them with `process`.
    @Suite struct FileCaseTests {
        struct Case: CustomTestStringConvertible {
            let file: String
            var notes: [String] = []
            /// The first damaged row; the job fails there.
            var damage: Int?
            /// The file with the upright pixels.
            var pixels: String?

            var testDescription: String { file }
        }

        private static let cut = "runs that are up to three pixels longer than the row were cut"

        static let cases: [Case] = [
            Case(file: "alpha-associated.tif"),
            Case(file: "damaged-half.jpg", damage: 72),
            Case(file: "damaged-jpeg-tile.tif", damage: 0),
            Case(file: "damaged-lzw-strip.tif", damage: 64),
            Case(file: "density-600dpi.jpg"),
            Case(file: "density-600dpi.png"),
            Case(file: "gamma-linear.png"),
            Case(file: "graphicsmagick-rle-53.bmp", notes: [cut], pixels: "graphicsmagick-rle-53.png"),
            Case(file: "imagemagick-rle-53.bmp", notes: [cut], pixels: "imagemagick-rle-53.png"),
            Case(file: "mask-cog.tif", notes: ["masks (1) and overviews (1) in the file were left out"]),
            Case(file: "profile-adobe-rgb.jpg"),
            Case(file: "profile-adobe-rgb.png"),
            Case(file: "profile-adobe-rgb.tif"),
            Case(file: "profile-adobe-rgb.webp"),
            Case(
                file: "sound-without-end-marker.jpg",
                notes: ["the end marker of the JPEG file is missing; all rows are there"],
                pixels: "sound-without-end-marker.expected.png"),
            Case(
                file: "turned-exif-after-xmp.jpg",
                notes: ["the extension of the XMP packet is damaged or missing and was left out"],
                pixels: "turned-exif-after-xmp.expected.png"),
            Case(file: "turned-exif.png", pixels: "turned-exif.expected.png"),
            Case(file: "turned-exif.webp"),
        ]

        private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Codecs/cases")

        private static func file(_ name: String) throws -> Data { try Data(contentsOf: folder.appending(path: name)) }

        @Test func everyCaseIsTested() throws {
            let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
            let expected = Set(Self.cases.compactMap(\.pixels)).union(["alpha-associated.straight.png", "README.md"])
            #expect(Set(names).subtracting(expected) == Set(Self.cases.map(\.file)))
        }

        @Test(arguments: cases) func outcomeIsRight(_ item: Case) async throws {
            let master = try SharedMaster.master
            let source = try Self.file(item.file)
            let job = try await master.submit(source, transforms: "invert", format: "png")
            let final = try await master.final(job.jobId)
            if let row = item.damage {
                #expect(final.status == "failed" && final.error?.hasSuffix("first damaged row is \(row)") == true)
                return
            }
            #expect(final.status == "completed" && final.notes == item.notes, "\(final.error ?? "")")
            let path = try SharedMaster.bench.file("\(item.file).png")
            try await master.result(job.jobId).write(to: URL(filePath: path))
            let header = try ImageHeader.read(path: path)
            // The result has the size of the upright image, and needs no rotation.
            #expect(header.orientation == 1)
            #expect(header.size == PixelSize(width: job.size.width, height: job.size.height))
            if item.file.hasPrefix("turned") { #expect(header.size == PixelSize(width: 150, height: 200)) }
        }

        @Test(arguments: cases.filter { $0.pixels != nil }) func pixelsAreRight(_ item: Case) async throws {
            let master = try SharedMaster.master
            let job = try await master.submit(
                Self.file(item.file), transforms: "invert", format: "png", options: ["metadata": "strip"])
            let name = try #require(item.pixels)
            let expected = try Self.file(name)
            // Files without metadata are equal if their pixels are.
            #expect(try await master.completed(job) == WholeImage.result(of: expected, transforms: "invert"))
        }

        @Test(arguments: ["profile-adobe-rgb.jpg", "profile-adobe-rgb.tif"])
        func profileIsKept(_ name: String) async throws {
            let master = try SharedMaster.master
            let said = try Self.profile(of: Self.file(name))
            let profile = try #require(said)
            for policy in MetadataPolicy.allCases {
                let job = try await master.submit(
                    Self.file(name), transforms: "invert", options: ["metadata": policy.rawValue])
                #expect(try await Self.profile(of: master.completed(job)) == profile)
            }
        }

        private static func profile(of file: Data) throws -> [UInt8]? {
            let path = try SharedMaster.bench.file("\(UUID().uuidString).image")
            try file.write(to: URL(filePath: path))
            return try ImageReader(path: path).metadata.blocks.first { $0.kind == .icc }?.bytes
        }
    }
}
