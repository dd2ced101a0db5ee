#if DEBUG
    import Foundation
    import Subprocess
    import Testing

    extension CodecFaults {
        /// Codecs that crash, hang or take too much. Each fault fails only its own job.
        @Suite(.serialized) struct CodecFaultTests {
            private static let options = ["--min-size", "64", "--tile-size", "64"]

            private func master(_ bench: Workbench, _ fault: String, _ more: String...) async throws -> MasterProcess {
                // A busy machine may take seconds to fill a gigabyte of memory.
                let seconds = fault.hasPrefix("memory") ? "60" : "3"
                return try await bench.startMaster(
                    Self.options + more,
                    environment: ["TILEWORK_FAULT_CODEC": fault, "TILEWORK_FAULT_CODEC_SECONDS": seconds])
            }

            /// An ordinary image is still processed after the fault.
            private func expectOrdinaryJob(_ master: MasterProcess) async throws {
                let source = try TestImage.file(310, 200)
                let job = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "invert"))
            }

            @Test(arguments: [
                ("crash:311@decode", "the decoder ended by signal 11 at row "),
                ("crash:311@encode", "the encoder ended by signal 11 at row "),
                ("loop:311@decode", "the decoder used more than 3 s of processor time at row "),
                ("defy:311@decode", "the decoder used more than 3 s of processor time at row "),
                ("defy:311@encode", "the encoder used more than 3 s of processor time at row "),
                ("stall:311@decode", "the decoder did nothing for 3 s at row "),
                ("stall:311@encode", "the encoder did nothing for 3 s at row "),
                ("crawl:311@decode", "the decoder did nothing for 3 s"),
                ("mute:311@decode", "the decoder did nothing for 3 s"),
                ("memory:311@decode", "the decoder needed more than "),
                ("memory:311@encode", "the encoder needed more than "),
                ("loop:311@encode", "the encoder used more than 3 s of processor time at row "),
            ])
            func codecFaultFailsItsJobOnly(fault: String, reason: String) async throws {
                try await Workbench.with { bench in
                    let master = try await master(bench, fault)
                    let job = try await master.submit(TestImage.file(311, 200), transforms: "invert")
                    let failed = try await master.final(job.jobId)
                    #expect(failed.status == "failed")
                    #expect(try #require(failed.error).hasPrefix(reason), "\(failed.error ?? "")")
                    try await expectOrdinaryJob(master)
                    // A retry runs the codec once more.
                    #expect(try await master.retry(job.jobId).status == 202)
                    #expect(try await master.final(job.jobId).status == "failed")
                    try await expectOrdinaryJob(master)
                    #expect(!master.process.hasEnded)
                }
            }

            /// When memory is short, the kernel ends the codec process with its image, and not the master.
            @Test func outOfMemoryEndsCodecsBeforeTheMaster() async throws {
                try await Workbench.with { bench in
                    let master = try await master(bench, "none")
                    try await expectOrdinaryJob(master)
                    func score(_ pid: Int32) throws -> String {
                        try String(contentsOfFile: "/proc/\(pid)/oom_score_adj", encoding: .utf8)
                    }
                    let codecs = master.codecs()
                    #expect(!codecs.isEmpty)
                    for codec in codecs { #expect(try score(codec) == "500\n") }
                    #expect(try score(master.process.pid) == score(ProcessInfo.processInfo.processIdentifier))
                }
            }

            /// A restarted master goes on with an unfinished job. If the job's codec crashes, the job fails and the
            /// master goes on.
            @Test(arguments: ["decode", "encode"])
            func restartedMasterFailsTheJobThatCrashesItsCodec(place: String) async throws {
                try await Workbench.with { bench in
                    let data = bench.file("data")
                    // The codec hangs until its master is killed.
                    let first = try await bench.startMaster(
                        Self.options, dataDirectory: data, environment: ["TILEWORK_FAULT_CODEC": "stall:311@\(place)"])
                    let job = try await first.submit(TestImage.file(311, 200), transforms: "invert")
                    let trace = place == "decode" ? "canvas/\(job.jobId)/decoding-" : "outputs/\(job.jobId).part.png"
                    try await eventually("the job is in its codec") {
                        first.jobFiles().contains { $0.hasPrefix(trace) } ? true : nil
                    }
                    first.process.send(SIGKILL)
                    _ = try await first.process.status(within: 10)

                    let fault = ["TILEWORK_FAULT_CODEC": "crash:311@\(place)"]
                    let second = try await bench.startMaster(Self.options, dataDirectory: data, environment: fault)
                    let failed = try await second.final(job.jobId)
                    #expect(failed.status == "failed")
                    #expect(failed.error?.contains("coder ended by signal 11 at row ") == true, "\(failed.error ?? "")")
                    try await expectOrdinaryJob(second)
                    second.process.send(SIGKILL)
                    _ = try await second.process.status(within: 10)

                    let third = try await bench.startMaster(Self.options, dataDirectory: data, environment: fault)
                    #expect(try await third.job(job.jobId).status == "failed")
                    try await expectOrdinaryJob(third)
                }
            }

            @Test(arguments: [
                ("crash", "the decoder ended by signal 11 in the header"),
                ("loop", "the decoder used more than 3 s of processor time in the header"),
                ("defy", "the decoder used more than 3 s of processor time in the header"),
                ("stall", "the decoder did nothing for 3 s in the header"),
                ("memory", "the decoder needed more than "),
            ])
            func uploadWhoseHeaderBreaksTheDecoderIsRefused(fault: String, reason: String) async throws {
                try await Workbench.with { bench in
                    let master = try await master(bench, "\(fault):311@header")
                    let answer = try await master.post(TestImage.file(311, 200), transforms: "invert")
                    let detail = try answer.expectProblem(422, "damaged-image")
                    #expect(detail.hasPrefix(reason), "\(detail)")
                    try await expectOrdinaryJob(master)
                }
            }

            @Test func previewThatCrashesTheDecoderIsRefused() async throws {
                try await Workbench.with { bench in
                    let master = try await master(bench, "crash:311@decode")
                    let answer = try await master.api.request(
                        "POST", "/api/v1/preview?transforms=invert", ["Content-Type": "application/octet-stream"],
                        body: TestImage.file(311, 200))
                    #expect(answer.status == 422 && answer.text.contains("signal 11"), "\(answer.text.prefix(300))")
                    try await expectOrdinaryJob(master)
                }
            }

            @Test(arguments: ["info", "debug"])
            func decoderOutputIsLoggedAtDebugLevel(level: String) async throws {
                try await Workbench.with { bench in
                    let master = try await master(bench, "errors:311@decode", "--log-level", level)
                    let job = try await master.submit(TestImage.file(311, 200), transforms: "invert")
                    _ = try await master.completed(job)
                    let lines = master.process.errorOutput.split(separator: "\n")
                    let said = lines.filter { $0.contains("a library says something") }
                    #expect(said.isEmpty == (level == "info"))
                    #expect(said.allSatisfy { $0.contains("codec process wrote to standard error") })
                }
            }

            private func isRunning(_ pid: Int32) -> Bool {
                let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
                guard let state = stat?.split(separator: ")").last?.split(separator: " ").first else { return false }
                return state != "Z" && state != "X"
            }

            @Test(arguments: [SIGTERM, SIGKILL])
            func codecProcessesEndWithTheirMaster(signal: Int32) async throws {
                try await Workbench.with { bench in
                    // One of them is busy when the master ends.
                    let master = try await bench.startMaster(
                        Self.options, environment: ["TILEWORK_FAULT_CODEC": "loop:311@decode"])
                    let job = try await master.submit(TestImage.file(311, 200), transforms: "invert")
                    try await eventually("the job is under way") {
                        try await master.job(job.jobId).status == "processing" ? true : nil
                    }
                    let codecs = master.codecs()
                    #expect(codecs.count >= ProcessInfo.processInfo.activeProcessorCount)
                    master.process.send(signal)
                    let status = try await master.process.status(within: 6)
                    #expect(signal == SIGKILL || status == .exited(0))
                    try await eventually("its codec processes end", within: 30) {
                        codecs.contains(where: isRunning) ? nil : true
                    }
                }
            }
        }
    }
#endif
