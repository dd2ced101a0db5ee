import Foundation
import Subprocess
import Synchronization
import TileCore

/// A master, its workers and their cluster, with the faults that are injected into them.
final class ChaosArena: Sendable {
    enum Kind: Sendable {
        /// The broker runs inside the master, and ends with it.
        case embedded
        /// The broker runs beside the master.
        case cluster
    }

    struct Worker: Sendable {
        let id: String
        let process: ChildProcess
    }

    private struct State {
        var master: MasterProcess
        /// The master's number in the report.
        var number: Int
        /// Workers that were started by hand.
        var workers: [Worker] = []
        var lastWorker = 0
        /// The number of jobs that customers wait for.
        var awaited = 0
        var hasFailed = false
        /// Tasks that undo faults later.
        var later: [Task<Void, Never>] = []
    }

    let bench: Workbench
    let report: ChaosReport
    let tileSize: Int
    /// Whether the master lends its canvases to workers.
    let lends: Bool
    let cluster: TestCluster?
    /// The proxy through which the master and the workers reach the cluster.
    let proxy: KafkaProxy?
    private let port: Int
    private let state: Mutex<State>

    private init(
        bench: Workbench, report: ChaosReport, tileSize: Int, lends: Bool, cluster: TestCluster?, proxy: KafkaProxy?,
        port: Int, master: MasterProcess
    ) {
        self.bench = bench
        self.report = report
        self.tileSize = tileSize
        self.lends = lends
        self.cluster = cluster
        self.proxy = proxy
        self.port = port
        state = Mutex(State(master: master, number: report.newMaster()))
    }

    static func start(
        _ kind: Kind, in bench: Workbench, report: ChaosReport, _ numbers: inout NumberSequence
    ) async throws -> ChaosArena {
        let cluster = try kind == .cluster ? TestCluster() : nil
        // The proxy simulates broker outages, because brokers of librdkafka's mock cluster come back one after the
        // other. Such a broker also aborts the process when a client asks it for a group that another broker
        // coordinates.
        let all = ["tasks": EmbeddedBroker.partitions, "results": EmbeddedBroker.partitions]
        var proxy: KafkaProxy?
        if let cluster { proxy = try await bench.startProxy(before: cluster, showing: all) }
        let tileSize = numbers.pick([64, 128, 256, 512])
        let lends = numbers.chance(2, in: 3)
        var attempts = 5
        while true {
            attempts -= 1
            // A restarted master uses its port again, so the port is below those that the system gives to connections.
            // It is random, because two arenas with the same seed must not share one.
            let port = Int.random(in: 20_000..<30_000)
            do {
                let master = try await bench.startMaster(
                    arguments(proxy, tileSize, lends), dataDirectory: bench.file("data"), port: port)
                return ChaosArena(
                    bench: bench, report: report, tileSize: tileSize, lends: lends, cluster: cluster, proxy: proxy,
                    port: port, master: master)
            } catch {
                guard attempts > 0 else { throw error }
            }
        }
    }

    private static func arguments(_ proxy: KafkaProxy?, _ tileSize: Int, _ lends: Bool) -> [String] {
        // At least one worker is the master's own. The master restarts it, whatever happens to the workers started by
        // hand.
        ["--min-size", "64", "--tile-size", "\(tileSize)", "--local-workers", proxy == nil ? "2" : "1"]
            + ["--lend-canvases", "\(lends)"] + (proxy?.arguments ?? [])
    }

    var master: MasterProcess { state.withLock { $0.master } }
    var workers: [Worker] { state.withLock { $0.workers } }
    /// Whether to inject no more faults, because they would show nothing new.
    var isOver: Bool { state.withLock { $0.hasFailed } || report.findings.count > 50 }
    var isAwaited: Bool { state.withLock { $0.awaited } > 0 }

    func awaitJob() { state.withLock { $0.awaited += 1 } }
    func endOfJob() { state.withLock { $0.awaited -= 1 } }

    /// The master's answer. The request is repeated while the master is away.
    func ask(_ method: String, _ path: String) async throws -> Answer {
        try await eventually("the master answers \(method) \(path)", within: 120, every: .milliseconds(100)) {
            guard let answer = try? await master.api.request(method, path), answer.status != 503 else { return nil }
            return answer
        }
    }

    func readCounters() async {
        let (master, number) = state.withLock { ($0.master, $0.number) }
        guard let answer = try? await master.api.get("/api/v1/statistics"),
            let counters = try? answer.decoded(StatisticsAnswer.self)
        else { return }
        report.note(counters, of: number)
    }

    // MARK: Processes

    /// Ends the master and starts another one with the same data directory and port.
    func restartMaster(by signal: Int32, after pause: Duration) async throws {
        await readCounters()
        let process = master.process
        process.send(signal)
        do {
            let status = try await process.status(within: 15)
            if signal == SIGTERM, status != .exited(0) { report.find("on SIGTERM the master ended with \(status)") }
        } catch {
            report.find("the master goes on after signal \(signal)")
            process.send(SIGKILL)
            _ = try await process.status()
        }
        try await Task.sleep(for: pause)
        try await startMaster()
    }

    private func startMaster() async throws {
        do {
            let master = try await bench.startMaster(
                Self.arguments(proxy, tileSize, lends), dataDirectory: bench.file("data"), port: port)
            let number = report.newMaster()
            state.withLock { state in
                state.master = master
                state.number = number
            }
        } catch {
            state.withLock { $0.hasFailed = true }
            throw error
        }
    }

    /// Starts a worker by hand under a new id. Half of these workers ask for tiles in canvases, whether the master
    /// lends any or not.
    func addWorker(_ numbers: inout NumberSequence) async throws {
        let options = ["--threads", "\(1 + numbers.next(below: 2))"] + master.canvases(numbers.chance(1, in: 2))
        let number = state.withLock { state in
            state.lastWorker += 1
            return state.lastWorker
        }
        let id = "hand-\(number)"
        let process: ChildProcess
        if let proxy {
            process = try await bench.start(Programs.worker, [id] + options + proxy.arguments, name: id)
        } else {
            process = try await bench.startWorker(id, of: master, options)
        }
        state.withLock { $0.workers.append(Worker(id: id, process: process)) }
    }

    /// Removes a worker that was started by hand from the list. From now on its end is no finding.
    func takeWorker(_ numbers: inout NumberSequence) -> Worker? {
        let number = numbers.next(below: 1 << 20)
        return state.withLock { state in
            state.workers.isEmpty ? nil : state.workers.remove(at: number % state.workers.count)
        }
    }

    /// The process ids of all workers online, including the master's own.
    func workerProcesses() async throws -> [Int32] {
        let answer: WorkersAnswer = try await ask("GET", "/api/v1/workers").decoded()
        // Another process may have the id of a worker that has ended.
        return answer.workers.filter { $0.status == "online" }.map(\.pid).filter { pid in
            let command = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()
            return String(decoding: command, as: UTF8.self).contains("worker-main")
        }
    }

    /// From now on the end of this process is no finding. Only workers that were started by hand are in the list.
    func forgetWorker(of pid: Int32) { state.withLock { $0.workers.removeAll { $0.process.pid == pid } } }

    func doLater(_ task: Task<Void, Never>) { state.withLock { $0.later.append(task) } }

    /// Reports processes that ended although no fault ended them.
    func checkProcesses() async throws {
        for worker in workers where worker.process.hasEnded {
            forgetWorker(of: worker.process.pid)
            let status = try await worker.process.status()
            report.find("\(worker.id) ended by itself: \(status); its log is \(worker.process.name).err")
        }
        let process = master.process
        if process.hasEnded, !isOver {
            let status = try await process.status()
            report.find("the master ended by itself: \(status); its log is \(process.name).err")
            try await startMaster()
        }
    }

    /// Undoes the remaining faults at once.
    func settle() async {
        let later = state.withLock { $0.later }
        for task in later {
            task.cancel()
            await task.value
        }
    }

    // MARK: Leftovers

    /// Checks, once no job is awaited, that nothing is queued and that every file belongs to a job.
    func checkLeftovers() async throws {
        try await eventually("the queue is empty", within: 60) {
            let statistics: StatisticsAnswer = try await ask("GET", "/api/v1/statistics").decoded()
            return statistics.queue.tilesInFlight == 0 && statistics.queue.waitingTiles == 0 ? true : nil
        }
        var jobs: Set<String> = []
        var cursor = ""
        repeat {
            let page: JobListAnswer = try await ask("GET", "/api/v1/jobs?limit=200&cursor=\(cursor)").decoded()
            jobs.formUnion(page.jobs.map(\.jobId))
            cursor = page.nextCursor ?? ""
        } while !cursor.isEmpty
        var leftovers: Set<String> = []
        _ = try? await eventually("no file is left", within: 20) {
            leftovers = master.jobFiles().filter { path in
                let owner = path.split(separator: "/")[1].prefix(36)
                return path.hasSuffix(".raw") || !jobs.contains(String(owner))
            }
            return leftovers.isEmpty ? true : nil
        }
        for path in leftovers.sorted() { report.find("leftover file: \(path)") }
    }
}
