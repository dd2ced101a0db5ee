#if DEBUG
    import Foundation
    import Testing
    import TileCodecs
    import TileCore

    extension CodecFaults {
        /// Regions whose decoding crashes the codec process. A client gets the region in another way, or the reason.
        @Suite(.serialized) struct CodecViewFaultTests {
            private static let size = PixelSize(width: 5600, height: 4000)

            private func master(_ bench: Workbench, _ fault: String) async throws -> MasterProcess {
                try await bench.startMaster(["--min-size", "64"], environment: ["TILEWORK_FAULT_CODEC": fault])
            }

            private func region(
                _ job: JobAnswer, _ image: String, _ query: String, of master: MasterProcess
            ) async throws -> Answer {
                try await master.api.get("\(job.path)/\(image)/region?format=png&\(query)")
            }

            private func size(of png: Data, _ bench: Workbench) throws -> PixelSize {
                let path = bench.file("region-\(UUID().uuidString).png")
                try png.write(to: URL(filePath: path))
                return try ImageReader(path: path).header.size
            }

            /// - Parameters:
            ///   - width: the width of the pixels whose decoding crashes: whole rows of the result, or part of an
            ///     overview.
            ///   - said: part of the line that the master logs.
            @Test(arguments: [
                (5600, "x=1024&y=2048&w=512&h=512", "cannot decode rows of the result separately"),
                (700, "max=512", "overviews cannot be read"),
            ])
            func regionThatCrashesTheDecoderIsReadInAnotherWay(width: Int, query: String, said: String) async throws {
                try await Workbench.with { bench in
                    let master = try await master(bench, "crash:\(width)@region")
                    let source = try TestImage.file(Self.size.width, Self.size.height, as: .jpeg, seed: 9)
                    let job = try await master.submit(source, transforms: "invert", format: "png")
                    _ = try await master.completed(job)
                    let answer = try await region(job, "result", query, of: master)
                    #expect(answer.status == 200, "\(answer.text.prefix(300))")
                    #expect(try size(of: answer.body, bench).width == 512)
                    let lines = master.process.errorOutput.split(separator: "\n").filter { $0.contains(said) }
                    #expect(lines.count == 1 && lines[0].contains("signal 11"), "\(lines)")
                    #expect(try await master.delete(job.jobId).status == 204)
                    #expect(!master.process.hasEnded)
                }
            }

            @Test func regionOfAnImageThatAlwaysCrashesTheDecoderIsRefused() async throws {
                try await Workbench.with { bench in
                    let master = try await master(bench, "crash:311@decode")
                    let job = try await master.submit(TestImage.file(311, 200), transforms: "invert")
                    #expect(try await master.final(job.jobId).status == "failed")
                    for _ in 0..<3 {
                        let answer = try await region(job, "source", "w=64&h=64", of: master)
                        #expect(answer.status >= 400 && answer.text.contains("signal 11"), "\(answer.text.prefix(300))")
                    }
                    let sound = try await master.submit(TestImage.file(310, 200), transforms: "invert")
                    _ = try await master.completed(sound)
                    #expect(try await region(sound, "source", "w=64&h=64", of: master).status == 200)
                }
            }
        }
    }
#endif
