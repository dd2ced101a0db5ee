import Foundation
import Testing
import TileCodecs
import TileCore

extension SystemTests {
    /// Regions of a large completed job, as the pages and other clients ask for them.
    @Suite(.serialized, .sharedMaster()) struct LargeRegionTests {
        private static let size = PixelSize(width: 5600, height: 4000)

        private func decoded(_ data: Data) throws -> Canvas {
            let path = FileManager.default.temporaryDirectory.appending(path: "tilework-region-\(UUID().uuidString)")
                .path
            defer { try? FileManager.default.removeItem(atPath: path) }
            try data.write(to: URL(filePath: path))
            let reader = try ImageReader(path: path, scratchFolder: "/tmp")
            let canvas = try Canvas.temporary(size: reader.header.size, format: reader.header.pixelFormat, in: "/tmp")
            try canvas.fill(from: reader)
            return canvas
        }

        /// The mean difference of samples between a received picture and the image's region, shrunk by OpenCV.
        private func distance(_ shown: Data, _ image: Canvas, _ region: TileRegion, side: Int) throws -> Double {
            let expected = try image.cut(region).shrunk(toFit: side)
            let picture = try decoded(shown)
            try #require(picture.size == expected.size)
            var samples: ([UInt8], [UInt8]) = ([], [])
            picture.cut(TileRegion(whole: picture.size)).forEachRow { row in samples.0 += [UInt8](copying: row) }
            expected.forEachRow { row in samples.1 += [UInt8](copying: row) }
            return Double(zip(samples.0, samples.1).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) })
                / Double(samples.0.count)
        }

        private func region(
            _ job: JobAnswer, _ image: String, _ region: TileRegion, side: Int, format: String = "png"
        ) async throws -> Data {
            let query =
                "x=\(region.x)&y=\(region.y)&w=\(region.width)&h=\(region.height)&max=\(side)&format=\(format)"
            let answer = try await SharedMaster.master.api.get("\(job.path)/\(image)/region?\(query)")
            #expect(answer.status == 200, "\(answer.text.prefix(300))")
            return answer.body
        }

        @Test(arguments: ["jpeg", "png"]) func regionsOfALargeJobAreRight(format: String) async throws {
            let master = try SharedMaster.master
            let source = try TestImage.file(Self.size.width, Self.size.height, as: .jpeg, seed: 9)
            let job = try await master.submit(source, transforms: "invert", format: format)
            let result = try await master.completed(job)
            let images = ["source": try decoded(source), "result": try decoded(result)]
            #expect(master.jobFiles().filter { $0.contains(job.jobId) && $0.hasSuffix(".tif") }.count == 2)
            for (name, image) in images {
                for (part, side) in [
                    (TileRegion(whole: Self.size), 512), (TileRegion(whole: Self.size), 2048),
                    (TileRegion(x: 1024, y: 2048, width: 1024, height: 1024), 512),
                    (TileRegion(x: 4096, y: 0, width: 1504, height: 2048), 512),
                    (TileRegion(x: 333, y: 777, width: 3001, height: 1999), 600),
                ] {
                    let shown = try await region(job, name, part, side: side)
                    // The test image is noise from row to row, so even an offset of a fraction of a pixel shows.
                    #expect(try distance(shown, image, part, side: side) < 4, "\(name) \(part) \(side)")
                }
                for part in [
                    TileRegion(x: 0, y: 0, width: 512, height: 512),
                    TileRegion(x: 5088, y: 3488, width: 512, height: 512),
                    TileRegion(x: 1001, y: 1999, width: 700, height: 300),
                ] {
                    #expect(try distance(try await region(job, name, part, side: 2048), image, part, side: 2048) == 0)
                }
            }
            #expect(try await master.delete(job.jobId).status == 204)
            #expect(!master.jobFiles().contains { $0.contains(job.jobId) })
        }

        /// A smaller image gets no overviews.
        @Test func aMediumJobHasNoOverviews() async throws {
            let master = try SharedMaster.master
            let job = try await master.submit(TestImage.file(4000, 3999), transforms: "invert")
            _ = try await master.completed(job)
            #expect(!master.jobFiles().contains { $0.contains(job.jobId) && $0.hasSuffix(".tif") })
        }
    }
}
