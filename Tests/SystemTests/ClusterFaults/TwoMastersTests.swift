import Foundation
import Subprocess
import Testing

extension ClusterFaults {
    /// Two masters on one cluster, by mistake or on purpose.
    @Suite(.serialized) struct TwoMastersTests {
        private static let options = ["--min-size", "64", "--tile-size", "64"]
        private static let slow = SystemTests.SmallTiles.slow

        @Test func secondMasterOnTheSameTopicIsRefused() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let options = Self.options + cluster.arguments
                let first = try await bench.startMaster(options)
                _ = try await bench.startWorker("worker-1", of: first, cluster.arguments)
                let source = try TestImage.file(640, 640)
                let job = try await first.submit(source, transforms: Self.slow)
                _ = try await first.underWay(job, done: 5)

                let text = try await bench.start(
                    Programs.master, ["serve", "--port", "0", "--data-dir", bench.file("second")] + options,
                    name: "second"
                ).refusal()
                #expect(text.contains("'results' belongs to another master, process \(first.process.pid) on host"))
                #expect(text.contains("--results-topic"))
                let image = bench.file("image.png")
                try source.write(to: URL(filePath: image))
                let process = try await ProgramOutput.of(
                    Programs.master,
                    ["process", image, bench.file("out.png"), "--transforms", "invert"] + cluster.arguments)
                #expect(process.status == .exited(1))
                #expect(process.error.contains("'results' belongs to another master"))

                #expect(try await first.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
                #expect(!first.process.hasEnded)
                // The claim records of the masters that were refused do not count as unreadable records.
                #expect(try await first.statistics().deadLetters == 0)
            }
        }

        @Test func killedMasterGetsItsTopicBackAtOnce() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster()
                let options = Self.options + cluster.arguments
                let data = bench.file("data")
                let master = try await bench.startMaster(options, dataDirectory: data)
                _ = try await bench.startWorker("worker-1", of: master, cluster.arguments)
                let source = try TestImage.file(640, 640)
                let job = try await master.submit(source, transforms: Self.slow)
                _ = try await master.underWay(job, done: 10)
                master.process.send(SIGKILL)
                _ = try await master.process.status(within: 60)

                let next = try await bench.startMaster(options, dataDirectory: data)
                #expect(try await next.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
                #expect(!next.process.hasEnded)
            }
        }

        @Test func twoMastersShareTheirWorkers() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster(resultsTopics: ["results", "results-b"])
                let options = Self.options + cluster.arguments
                let a = try await bench.startMaster(options)
                let b = try await bench.startMaster(options + ["--results-topic", "results-b"])
                for id in ["worker-1", "worker-2"] {
                    _ = try await bench.startWorker(id, of: a, cluster.arguments)
                }
                for master in [a, b] { try await master.fleet(["worker-1", "worker-2"]) }

                let (sourceA, sourceB) = try (TestImage.file(640, 640, seed: 1), TestImage.file(640, 640, seed: 2))
                let jobA = try await a.submit(sourceA, transforms: Self.slow)
                let jobB = try await b.submit(sourceB, transforms: Self.slow)
                // Both jobs run at the same time, and each master gets its own results.
                _ = try await a.underWay(jobA, done: 10)
                _ = try await b.underWay(jobB, done: 10)
                for (master, job) in [(a, jobA), (b, jobB)] {
                    let drops = try await master.statistics().droppedResults
                    // Once a job has ended, its late results count as `unknown_job`, too.
                    let now = try await master.job(job.jobId)
                    #expect(!now.isFinal)
                    #expect(drops["unknown_job", default: 0] == 0)
                }

                for (master, job, source) in [(a, jobA, sourceA), (b, jobB, sourceB)] {
                    #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: Self.slow))
                    let statistics = try await master.statistics()
                    #expect(statistics.deadLetters == 0)
                    #expect(statistics.workers.online == 2)
                    #expect(!master.process.hasEnded)
                }
            }
        }

        /// While a master is paused, another one claims its topic. The paused master's claim has the lower rank, so the
        /// other master ends once the paused one continues. No job is lost: the second master's data directory gets a
        /// new master with a topic of its own.
        @Test func pausedMasterKeepsItsTopic() async throws {
            try await Workbench.with { bench in
                let cluster = try TestCluster(resultsTopics: ["results", "results-b"])
                let options = Self.options + cluster.arguments
                let paused = try await bench.startMaster(options)
                let source = try TestImage.file(300, 200)
                let job = try await paused.submit(source, transforms: "invert")
                paused.process.send(SIGSTOP)

                let data = bench.file("data-b")
                let second = try await bench.startMaster(options, dataDirectory: data)
                let other = try await second.submit(source, transforms: "sepia")
                paused.process.send(SIGCONT)
                #expect(try await second.process.status(within: 30) == .exited(1))
                #expect(
                    second.process.errorOutput.contains(
                        "'results' belongs to another master, process \(paused.process.pid) on host"))
                #expect(!paused.process.hasEnded)

                let next = try await bench.startMaster(
                    options + ["--results-topic", "results-b"], dataDirectory: data)
                _ = try await bench.startWorker("worker-1", of: paused, cluster.arguments)
                #expect(try await paused.completed(job) == WholeImage.result(of: source, transforms: "invert"))
                #expect(try await next.completed(other) == WholeImage.result(of: source, transforms: "sepia"))
            }
        }
    }
}
