import Foundation
import Subprocess
import Testing

extension MasterFaults {
    /// Starts with an unusable database are refused with the reason, and change nothing.
    @Suite(.serialized) struct DatabaseStartTests {
        /// Damage to a database while no master runs.
        enum Accident: String, CaseIterable, Sendable {
            case otherHeader, endIsGone, emptied, removed, pageOverwritten

            func happen(to file: String) throws {
                let url = URL(filePath: file)
                var bytes = try Data(contentsOf: url)
                switch self {
                case .otherHeader: bytes.replaceSubrange(0..<100, with: Data(repeating: 0x5A, count: 100))
                case .endIsGone: bytes = bytes.prefix(bytes.count / 2)
                case .emptied: bytes = Data()
                case .removed: return try FileManager.default.removeItem(at: url)
                case .pageOverwritten:
                    bytes.replaceSubrange(4096..<(bytes.count - 4096), with: Data(count: bytes.count - 8192))
                }
                try bytes.write(to: url)
            }

            var words: String {
                switch self {
                case .emptied, .removed: "missing or empty"
                case .otherHeader, .endIsGone, .pageOverwritten: "is damaged"
                }
            }
        }

        /// Makes a data directory with an unfinished job, and closes its database in order.
        private func directory(_ bench: Workbench) async throws -> (path: String, database: String) {
            let data = bench.file("data")
            let master = try await bench.startMaster(
                ["--local-workers", "0", "--min-size", "64", "--tile-size", "64"], dataDirectory: data)
            _ = try await master.submit(TestImage.file(150, 100), transforms: "invert")
            master.process.send(SIGTERM)
            #expect(try await master.process.status(within: 10) == .exited(0))
            let database = "\(data)/tilework.sqlite3"
            let closed = try await python(bench, database, "c.execute('PRAGMA wal_checkpoint(TRUNCATE)'); c.close()")
            #expect(try await closed.status(within: 15) == .exited(0), "\(closed.errorOutput)")
            return (data, database)
        }

        /// Runs Python's own SQLite, with the database open as `c`.
        private func python(_ bench: Workbench, _ database: String, _ code: String) async throws -> ChildProcess {
            try await bench.start(
                "/usr/bin/env",
                [
                    "python3", "-c",
                    "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None); \(code)",
                    database,
                ], name: "python")
        }

        private func refusal(_ bench: Workbench, _ data: String) async throws -> String {
            try await bench.start(
                Programs.master, ["serve", "--port", "0", "--data-dir", data, "--local-workers", "0"], name: "refused"
            ).refusal()
        }

        @Test(arguments: Accident.allCases) func damagedDatabaseIsRefused(_ accident: Accident) async throws {
            try await Workbench.with { bench in
                let (data, database) = try await directory(bench)
                try accident.happen(to: database)
                let before = FileManager.default.contents(atPath: database)
                let uploads = try FileManager.default.contentsOfDirectory(atPath: "\(data)/uploads")
                #expect(uploads.count == 1)
                // A second start is refused like the first.
                for _ in 0..<2 {
                    let text = try await refusal(bench, data)
                    #expect(text.contains(database) && text.contains(accident.words), "\(text)")
                    #expect(text.contains("--data-dir"))
                }
                #expect(FileManager.default.contents(atPath: database) == before)
                #expect(try FileManager.default.contentsOfDirectory(atPath: "\(data)/uploads") == uploads)
            }
        }

        @Test func lockedDatabaseIsRefused() async throws {
            try await Workbench.with { bench in
                let (data, database) = try await directory(bench)
                let holder = try await python(
                    bench, database, "c.execute('BEGIN EXCLUSIVE'); print('locked', flush=True); time.sleep(600)")
                try await eventually("the database is locked", within: 15) {
                    holder.output.contains("locked") ? true : nil
                }
                let text = try await refusal(bench, data)
                #expect(text.contains(database) && text.contains("locked by another program"), "\(text)")
                holder.send(SIGKILL)
                _ = try await holder.status(within: 10)
                let master = try await bench.startMaster(["--local-workers", "0"], dataDirectory: data)
                #expect(try await master.statistics().jobs.values.reduce(0, +) == 1)
            }
        }

        /// The lock lasts longer than a worker may go without heartbeats.
        @Test func lockOfARunningMastersDatabaseLosesNoWorker() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--min-size", "64", "--tile-size", "64"])
                try await master.fleet(["worker-1", "worker-2"])
                let holder = try await python(
                    bench, "\(master.dataDirectory)/tilework.sqlite3",
                    "c.execute('BEGIN IMMEDIATE'); print('locked', flush=True); time.sleep(600)")
                try await eventually("the database is locked", within: 15) {
                    holder.output.contains("locked") ? true : nil
                }
                let end = ContinuousClock.now + .seconds(12)
                try await eventually("twelve seconds have passed", every: .milliseconds(500)) {
                    let states = Set(try await master.workers().workers.map(\.status))
                    #expect(states == ["online"])
                    return ContinuousClock.now > end ? true : nil
                }
                holder.send(SIGKILL)
                _ = try await holder.status(within: 10)
                #expect(try await master.statistics().workers.lost == 0)
                let source = try TestImage.file(300, 200)
                let job = try await master.submit(source, transforms: "invert")
                #expect(try await master.completed(job) == WholeImage.result(of: source, transforms: "invert"))
            }
        }
    }
}
