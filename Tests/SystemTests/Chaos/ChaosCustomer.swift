import Foundation
import Subprocess
import TileCore

/// Submits jobs one after the other, and checks the outcome of each.
struct ChaosCustomer {
    private enum Fate: CaseIterable { case complete, retry, cancel, delete, breakOff }

    private let arena: ChaosArena
    private let report: ChaosReport
    private let references: ChaosReferences
    private let maximumPixels: Int
    private var numbers: NumberSequence

    init(_ arena: ChaosArena, references: ChaosReferences, maximumPixels: Int, numbers: NumberSequence) {
        self.arena = arena
        self.references = references
        self.maximumPixels = maximumPixels
        self.numbers = numbers
        report = arena.report
    }

    mutating func run(until end: ContinuousClock.Instant) async {
        while ContinuousClock.now < end, !arena.isOver {
            do {
                let order = try ChaosOrder.random(
                    tileSize: arena.tileSize, maximumPixels: maximumPixels, &numbers)
                let work = try await references.work(order)
                // Most jobs run without interference.
                let fate: Fate = numbers.chance(2, in: 3) ? .complete : numbers.pick(Fate.allCases)
                try await serve(order, work, fate)
            } catch {
                report.find("\(error)")
            }
        }
    }

    private mutating func serve(_ order: ChaosOrder, _ work: ChaosWork, _ fate: Fate) async throws {
        guard fate != .breakOff else { return try await breakOff(work.source) }
        let job = try await submit(order, work.source)
        report.count(.accepted)
        arena.awaitJob()
        defer { arena.endOfJob() }
        switch fate {
        case .complete, .breakOff: break
        case .retry, .cancel:
            guard try await cancel(job) else { break }
            if fate == .cancel {
                report.count(.cancelled)
                return try await remove(job)
            }
            _ = try await arena.ask("POST", "\(job.path)/retry")
            report.count(.retried)
        case .delete:
            let count = numbers.next(below: job.progress.total + 1)
            try await reach(job, tiles: count)
            report.count(.deleted)
            return try await remove(job)
        }
        try await check(job, order, work)
        // Some jobs stay, so that a restarted master finds them.
        if numbers.chance(3, in: 4) { try await remove(job) }
    }

    /// Submits the image until it is accepted. The idempotency key makes one job of all attempts.
    private func submit(_ order: ChaosOrder, _ source: Data) async throws -> JobAnswer {
        let key = ["Idempotency-Key": UUID().uuidString]
        return try await eventually("an upload is accepted", within: 180, every: .milliseconds(300)) {
            let answer = try? await arena.master.post(
                source, transforms: order.transforms, format: order.result.rawValue, headers: key)
            guard let answer, answer.status != 503 else { return nil }
            guard answer.status == 202 else {
                throw BenchError("an upload was answered with \(answer.status): \(answer.text.prefix(300))")
            }
            return try answer.decoded(JobAnswer.self)
        }
    }

    /// Begins an upload, and breaks it off.
    private func breakOff(_ source: Data) async throws {
        let path = arena.bench.file("broken-\(UUID().uuidString)")
        try source.write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        // The announced length is one byte more than is sent.
        let run = try await ProgramOutput.of(
            "/usr/bin/curl",
            [
                "-sS", "--max-time", "1", "-o", "/dev/null", "-H", "Expect:",
                "-H", "Content-Length: \(source.count + 1)", "-H", "Content-Type: application/octet-stream",
                "--data-binary", "@\(path)", "\(arena.master.url)/api/v1/jobs?transforms=invert",
            ])
        // Status 28 is curl's own timeout. With any other status, the master was away.
        if run.status == .exited(28) { report.count(.brokenOff) }
    }

    private func state(of job: JobAnswer) async throws -> JobAnswer {
        let answer = try await arena.ask("GET", job.path)
        guard answer.status == 200 else { throw BenchError("job \(job.jobId): \(answer.status) \(answer.text)") }
        return try answer.decoded()
    }

    /// Returns once the job has ended, or this many of its tiles are done.
    private func reach(_ job: JobAnswer, tiles: Int) async throws {
        try await eventually("\(tiles) tiles of job \(job.jobId) are done", within: 300, every: .milliseconds(100)) {
            let now = try await state(of: job)
            return now.isFinal || now.progress.completed >= tiles ? true : nil
        }
    }

    /// Cancels the job while it runs. Returns false if it was done before.
    private mutating func cancel(_ job: JobAnswer) async throws -> Bool {
        let count = numbers.next(below: job.progress.total + 1)
        try await reach(job, tiles: count)
        let answer = try await arena.ask("POST", "\(job.path)/cancel")
        let now = try await state(of: job)
        guard now.isFinal else {
            throw BenchError("cancel was answered with \(answer.status), and job \(job.jobId) is \(now.status)")
        }
        return now.status == "cancelled"
    }

    private func remove(_ job: JobAnswer) async throws {
        // If the first answer was lost, the job no longer exists.
        let answer = try await arena.ask("DELETE", job.path)
        guard answer.status == 204 || answer.status == 404 else {
            throw BenchError("job \(job.jobId) cannot be deleted: \(answer.status) \(answer.text)")
        }
        let gone = try await arena.ask("GET", job.path)
        if gone.status != 404 { report.find("job \(job.jobId) was deleted, but exists: \(gone.text.prefix(200))") }
    }

    /// Checks that the job's result is right.
    private func check(_ job: JobAnswer, _ order: ChaosOrder, _ work: ChaosWork) async throws {
        let what = "job \(job.jobId), \(order.width)×\(order.height) \(order.pixels), \(order.transforms)"
        var result = Data()
        do {
            let final = try await eventually("\(what) comes to an end", within: 400, every: .milliseconds(200)) {
                let now = try await state(of: job)
                return now.isFinal ? now : nil
            }
            if final.status == "completed" {
                report.count(.completed)
                let answer = try await arena.ask("GET", "\(job.path)/result")
                if answer.status == 200 {
                    result = answer.body
                } else {
                    report.find("\(what): asked for its result, \(answer.status) \(answer.text.prefix(200))")
                }
            } else {
                report.count(.failed)
                report.find("\(what) is \(final.status): \(final.error ?? "")")
            }
        } catch {
            report.find("\(error)")
        }
        let wrong = report.compare(result, with: work.expected)
        guard wrong > 0 else { return }
        report.find("\(what): \(wrong) of \(work.expected.count) bytes are wrong or missing")
        for (name, content) in [("source", work.source), ("expected", work.expected), ("result", result)] {
            try content.write(to: URL(filePath: arena.bench.file("\(job.jobId).\(name)")))
        }
    }
}
