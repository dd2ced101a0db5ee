import Foundation
import Subprocess
import Testing

extension SystemTests {
    /// API keys, created on the command line while the master runs.
    @Suite(.serialized) struct AccessTests {
        private func keys(_ arguments: [String], of folder: String) async throws -> ProgramOutput {
            try await ProgramOutput.of(Programs.master, ["keys"] + arguments + ["--data-dir", folder])
        }

        private func create(_ name: String, _ role: String, of folder: String) async throws -> String {
            let run = try await keys(["create", name, "--role", role], of: folder)
            #expect(run.status.isSuccess, "\(run.error)")
            #expect(run.error.contains("not shown again") && !run.error.contains("tilework_"))
            return run.output.trimmingCharacters(in: .newlines)
        }

        private static func bearer(_ key: String) -> [String: String] { ["Authorization": "Bearer \(key)"] }

        /// The whole life of a key. Each change applies to the next request.
        @Test func changesOfKeysApplyAtOnce() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--local-workers", "0"])
                #expect(master.process.output.contains("Tilework is ready at"))
                #expect(try await master.api.get("/api/v1/jobs").status == 200)
                let key = try await create("ann", "viewer", of: master.dataDirectory)
                try await master.api.get("/api/v1/jobs").expectProblem(401, "unauthenticated")
                #expect(try await master.api.get("/api/v1/jobs", Self.bearer(key)).status == 200)
                try await master.api.request("POST", "/api/v1/jobs", Self.bearer(key)).expectProblem(403, "forbidden")
                let rotated = try await keys(["rotate", "ann", "--overlap", "0"], of: master.dataDirectory)
                try await master.api.get("/api/v1/jobs", Self.bearer(key)).expectProblem(401, "unauthenticated")
                let next = rotated.output.trimmingCharacters(in: .newlines)
                #expect(try await master.api.get("/api/v1/me", Self.bearer(next)).text.contains("\"ann\""))
                let list = try await keys(["list"], of: master.dataDirectory)
                #expect(list.output.contains("ann   viewer  active"), "\(list.output)")
                #expect(!list.output.contains("tilework_"))
                #expect(try await keys(["revoke", "ann"], of: master.dataDirectory).status.isSuccess)
                try await master.api.get("/api/v1/jobs", Self.bearer(next)).expectProblem(401, "unauthenticated")
                // Probes need no key.
                #expect(try await master.api.get("/livez").status == 200)
            }
        }

        @Test func listeningOnOtherAddressesNeedsKeys() async throws {
            try await Workbench.with { bench in
                let data = bench.file("data")
                let refused = try await bench.start(
                    Programs.master,
                    ["serve", "--port", "0", "--host", "0.0.0.0", "--data-dir", data, "--local-workers", "0"],
                    name: "refused"
                ).refusal()
                #expect(refused.contains("keys create") && refused.contains("--insecure"))
                _ = try await create("ann", "admin", of: data)
                let master = try await bench.startMaster(
                    ["--host", "0.0.0.0", "--local-workers", "0"], dataDirectory: data)
                try await master.api.get("/api/v1/jobs").expectProblem(401, "unauthenticated")
            }
        }

        @Test func insecureMasterReportsThatItIsOpen() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--host", "0.0.0.0", "--insecure", "--local-workers", "0"])
                #expect(try await master.api.get("/api/v1/jobs").status == 200)
                try await eventually("the master reports that it needs no key", within: 20) {
                    master.process.output.contains("Open: everyone who reaches it has full access") ? true : nil
                }
            }
        }

        /// A worker with a worker's key finds its brokers. Without a key it reports what it needs. Keys of other roles
        /// do not work.
        @Test func workersNeedTheirKey() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--local-workers", "0"])
                let (viewer, key) = (
                    try await create("ann", "viewer", of: master.dataDirectory),
                    try await create("host-7", "worker", of: master.dataDirectory)
                )
                let without = try await bench.startWorker("worker-1", of: master)
                try await eventually("the worker reports that it has no key", within: 20) {
                    without.errorOutput.contains("a key is needed") && without.errorOutput.contains("--key-file")
                        ? true : nil
                }
                let wrong = try await bench.startWorker("worker-2", of: master, environment: ["TILEWORK_KEY": viewer])
                try await eventually("the worker reports that its key has the wrong role", within: 20) {
                    wrong.errorOutput.contains("takes the role worker") ? true : nil
                }
                let file = bench.file("worker.key")
                try Data("\(key)\n".utf8).write(to: URL(filePath: file))
                let worker = try await bench.startWorker("worker-3", of: master, ["--key-file", file])
                let admin = try await create("boss", "admin", of: master.dataDirectory)
                try await eventually("the worker is online", within: 30) {
                    try await master.api.get("/api/v1/workers", Self.bearer(admin)).text.contains("\"worker-3\"")
                        ? true : nil
                }
                // No command line shows a key to other users of the machine.
                for process in [master.process, worker, wrong] {
                    let line = try String(contentsOfFile: "/proc/\(process.pid)/cmdline", encoding: .utf8)
                    #expect(!line.contains("tilework_"))
                }
                for text in [worker.errorOutput, wrong.errorOutput, master.process.errorOutput, master.process.output] {
                    #expect(!text.contains(key) && !text.contains(viewer))
                }
                let log = try String(contentsOfFile: "\(master.dataDirectory)/audit.jsonl", encoding: .utf8)
                #expect(log.contains("request.refuse") && !log.contains("tilework_"))
            }
        }

        @Test func filesAreReadableByTheirOwnerOnly() async throws {
            try await Workbench.with { bench in
                let master = try await bench.startMaster(["--local-workers", "1"])
                let job = try await master.submit(
                    try TestImage.file(1100, 1100), transforms: "invert")
                _ = try await master.completed(job)
                _ = try await create("ann", "admin", of: master.dataDirectory)
                var open: [String] = []
                for name in [""]
                    + (FileManager.default.enumerator(atPath: master.dataDirectory)?.compactMap { $0 as? String } ?? [])
                {
                    let attributes = try FileManager.default.attributesOfItem(atPath: "\(master.dataDirectory)/\(name)")
                    if (attributes[.posixPermissions] as? Int ?? 0) & 0o077 != 0 { open.append(name) }
                }
                #expect(open == [])
            }
        }

        /// The owner of a folder may have put links there. So root has no more rights in the folder than its owner.
        @Test(.enabled(if: getuid() == 0)) func rootWritesKeysAsTheOwnerOfTheirFolder() async throws {
            try await Workbench.with { bench in
                let (data, victim) = (bench.file("data"), bench.file("victim"))
                let manager = FileManager.default
                try manager.createDirectory(atPath: data, withIntermediateDirectories: true)
                try Data("root's".utf8).write(to: URL(filePath: victim))
                for path in [victim, data] {
                    try manager.setAttributes([.posixPermissions: path == data ? 0o700 : 0o600], ofItemAtPath: path)
                }
                // The owner needs access to all folders above it.
                var folder = URL(filePath: data).deletingLastPathComponent()
                try manager.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path)
                while folder.path != "/" {
                    let mode = try manager.attributesOfItem(atPath: folder.path)[.posixPermissions] as? Int ?? 0
                    try #require(mode & 0o001 != 0, "\(folder.path) is closed")
                    folder.deleteLastPathComponent()
                }
                try manager.setAttributes([.ownerAccountID: 54321, .groupOwnerAccountID: 54322], ofItemAtPath: data)
                try manager.createSymbolicLink(atPath: "\(data)/keys.json.part", withDestinationPath: victim)
                _ = try await create("ann", "admin", of: data)
                #expect(try String(contentsOfFile: victim, encoding: .utf8) == "root's")
                let owner = try manager.attributesOfItem(atPath: victim)[.ownerAccountID] as? Int
                #expect(owner == 0)
                for name in ["keys.json", "keys.json.lock", "audit.jsonl"] {
                    let facts = try manager.attributesOfItem(atPath: "\(data)/\(name)")
                    #expect(facts[.ownerAccountID] as? Int == 54321 && facts[.groupOwnerAccountID] as? Int == 54322)
                    #expect(facts[.posixPermissions] as? Int == 0o600)
                }
                // A link to a file of root's is not opened for writing either.
                try manager.removeItem(atPath: "\(data)/keys.json.lock")
                try manager.createSymbolicLink(atPath: "\(data)/keys.json.lock", withDestinationPath: victim)
                let refused = try await keys(["revoke", "ann"], of: data)
                #expect(!refused.status.isSuccess && refused.error.contains("keys.json.lock"), "\(refused.error)")
            }
        }
    }
}
