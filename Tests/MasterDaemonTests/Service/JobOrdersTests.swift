import Foundation
import Synchronization
import Testing
import TileCodecs

@testable import MasterDaemon
@testable import TileCore

/// The real service with pixels, files and a database, and requests in any order and at any moment.
@Suite(.timeLimit(.minutes(10))) struct JobOrdersTests {
    /// During the requests, codecs find a full disk, too few descriptors or a permanent error, and the master restarts
    /// once. In the end all jobs that were not deleted are completed, and their results are right.
    @Test(arguments: 0..<20 as Range<UInt64>) func fiftyJobsMeetRandomOrders(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let faults = SeededFaults(seed: seed)
        let counts = OrderCounts()
        let first = try ServiceBench(tileSize: 64, sweepInterval: .milliseconds(1)) {
            SeededFaultyCodecs(codecs: $0, faults: faults)
        }
        let jobs = try await first.running { service in
            first.transport.hold()
            let jobs = try await withThrowingTaskGroup(of: JobID.self) { group in
                for number in 0..<50 { group.addTask { try await first.submit(number, side: 100).jobID } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            // 4 tiles are the most in flight. Some jobs are in the middle of a pass, and others have not begun one.
            await first.transport.waitUntilSent(4)
            let met = await ask(orders(jobs, &random), of: service, counts)
            #expect(met > 0, "no running job was cancelled")
            first.transport.release()
            _ = await ask(orders(jobs, &random), of: service, counts)
            return jobs
        }
        let second = try ServiceBench(folder: first.folder, tileSize: 64, sweepInterval: .milliseconds(1)) {
            SeededFaultyCodecs(codecs: $0, faults: faults)
        }
        // A master does this at each start.
        second.service.files.removeStrays(keeping: Set(try await second.service.store.allJobIDs()))
        try await second.running { service in
            _ = await ask(orders(jobs, &random), of: service, counts)
            counts.check(failures: faults.failures)
            faults.end()
            for job in jobs { try await finish(job, service, second) }
            let left = Set(try await service.store.allJobIDs().map(\.rawValue))
            let owners = Set(second.jobFiles.map { String($0.split(separator: "/")[1].prefix(36)) })
            #expect(owners.isSubset(of: left), "files of deleted jobs")
        }
    }

    private struct Order: Sendable {
        let command: JobMachine.Command
        let job: JobID
        /// How often the request lets other tasks go first.
        let yields: Int
    }

    private func orders(_ jobs: [JobID], _ random: inout SeededGenerator) -> [Order] {
        jobs.flatMap { job in
            (0..<Int.random(in: 0...3, using: &random)).map { _ in
                let command = [JobMachine.Command.cancel, .cancel, .retry, .retry, .delete, .expire]
                    .randomElement(using: &random)
                return Order(
                    command: command ?? .cancel, job: job, yields: Int.random(in: 0..<200, using: &random))
            }
        }
    }

    /// Makes all requests at once, each in a task of its own.
    /// - Returns: how many runs were cancelled while they were under way.
    private func ask(_ orders: [Order], of service: JobService, _ counts: OrderCounts) async -> Int {
        await withTaskGroup(of: Bool.self) { group in
            for order in orders {
                group.addTask {
                    for _ in 0..<order.yields { await Task.yield() }
                    do {
                        let job = try await service.runner.request(order.command, order.job)
                        counts.add(order.command, job)
                        return order.command == .cancel && job.generation > 0
                    } catch {
                        let code = (error as? ServiceError)?.code
                        #expect(code == .wrongState || code == .notFound, "\(order.command): \(error)")
                        return false
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
    }

    /// Waits for the end of a job, and checks its result.
    private func finish(_ id: JobID, _ service: JobService, _ bench: ServiceBench) async throws {
        // A fault that was drawn before the end of faults may still fail the first retry.
        for _ in 0..<3 {
            // Just after a start the runner may not know the job yet. A request makes it read the job.
            _ = try? await service.retry(id)
            await service.runner.settled(id)
            guard let job = try await service.store.job(id) else { return }
            #expect(job.status.isFinal, "\(job)")
            if job.status == .completed { break }
        }
        let done = try await service.job(id)
        #expect(done.status == .completed && done.tilesCompleted == done.tileCount, "\(done)")
        #expect(try bench.isRight(done))
    }
}

/// Counts the executed requests of each job. If one was answered as done but changed nothing, the counts do not add up.
private final class OrderCounts: Sendable {
    private let done = Mutex<[JobID: [JobMachine.Command: Int]]>([:])

    /// - Parameter job: the job from the answer.
    func add(_ command: JobMachine.Command, _ job: JobRecord) {
        switch command {
        case .cancel: #expect(job.status == .cancelled)
        case .retry: #expect(job.status == .pending)
        case .expire: #expect(job.status.isFinal)
        case .delete: break
        }
        done.withLock { $0[job.jobID, default: [:]][command, default: 0] += 1 }
    }

    /// - Parameter failures: the number of permanently failed steps of each job.
    func check(failures: [JobID: Int]) {
        for (job, counts) in done.withLock({ $0 }) {
            let (cancels, retries, failed) = (counts[.cancel] ?? 0, counts[.retry] ?? 0, failures[job] ?? 0)
            let sums = "\(job): \(cancels) cancels, \(retries) retries, \(failed) failures"
            #expect(cancels <= retries + 1, "\(sums)")
            #expect(retries <= cancels + failed, "\(sums)")
            #expect((counts[.delete] ?? 0) + (counts[.expire] ?? 0) <= 1, "\(job) was deleted twice")
        }
    }
}

/// The faults of codecs, drawn from a seed.
private final class SeededFaults: Sendable {
    private struct State {
        var random: SeededGenerator
        var hasEnded = false
        var failures: [JobID: Int] = [:]
    }

    private let state: Mutex<State>

    init(seed: UInt64) { state = Mutex(State(random: SeededGenerator(seed: ~seed))) }

    /// How often a step of each job failed permanently.
    var failures: [JobID: Int] { state.withLock { $0.failures } }

    func end() { state.withLock { $0.hasEnded = true } }

    /// Fails in about one of seven calls, mostly with a transient error.
    /// - Parameter source: the path of the job's source, which has the name of the job.
    func meet(_ source: String) throws {
        let number: Int32? = state.withLock { state in
            guard !state.hasEnded else { return nil }
            switch Int.random(in: 0..<20, using: &state.random) {
            case 0: return ENOSPC
            case 1: return EMFILE
            case 2:
                if let job = JobID(rawValue: String(source.suffix(36))) { state.failures[job, default: 0] += 1 }
                return EIO
            default: return nil
            }
        }
        if let number { throw ImagingError.system(.unencodable, "a fault of the test", errno: number) }
    }
}

private struct SeededFaultyCodecs: ForwardingCodecs {
    let codecs: DirectCodecs
    let faults: SeededFaults

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, overviews: OverviewFile?,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        try faults.meet(source)
        return try codecs.decode(
            source, options, into: canvas, overviews: overviews, until: isCancelled, progress: progress)
    }

    func beginEncoding(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        overviews: OverviewFile?, until isCancelled: () -> Bool
    ) throws -> any ResultEncoding {
        try faults.meet(source)
        return try codecs.beginEncoding(
            image, of: source, by: encoder, into: path, overviews: overviews, until: isCancelled)
    }
}
