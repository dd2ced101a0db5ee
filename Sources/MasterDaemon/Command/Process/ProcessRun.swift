import Foundation
import Synchronization
import TileCore

/// Executes a plan, some images at a time, and reports each of them.
struct ProcessRun: Sendable {
    /// The options of the command that concern the run.
    struct Options: Sendable {
        /// The number of images that are processed at once.
        var imagesAtOnce = ProcessRun.defaultImagesAtOnce
        /// Whether a line of JSON is printed for each image.
        var json = false
        /// The largest accepted source in bytes.
        var maximumBytes = IntakeLimits().maximumBytes
    }

    /// One image for each core, because decoding and encoding take one core. At most four, because each takes memory.
    static let defaultImagesAtOnce = min(4, ProcessInfo.processInfo.activeProcessorCount)

    let plan: ProcessPlan
    let processor: any ImageProcessor
    let disk: DiskPool
    let cleanup: ExitCleanup
    let options: Options
    let display: ProgressDisplay

    /// - Returns: whether every image was processed.
    /// - Throws: `CancellationError` if the run was interrupted.
    func run() async throws -> Bool {
        let start = ContinuousClock.now
        let progress = ProcessProgress(images: plan.items.count)
        let totals = Totals()
        let results = ResultGuard(sources: plan.keptSources)
        let tasks = plan.items.map { item in
            ImageTask(
                item: item, processor: processor, disk: disk, results: results, cleanup: cleanup,
                maximumBytes: options.maximumBytes)
        }
        let following = Task { await display.follow(progress) }
        defer { following.cancel() }
        // Errors that the headers show are reported first. The other images are then processed.
        let good = try await some(tasks) { index, task in
            let isGood = await report(task, totals) { try await task.check() } != nil
            if !isGood { progress.end(image: index, tiles: 0) }
            return isGood
        }
        if let folder = plan.newFolder, good.contains(true), !Task.isCancelled { try await make(folder) }
        try await removeAbandoned()
        _ = try await some(zip(tasks, good).map { $0 }) { index, entry in
            let (task, isGood) = entry
            guard isGood else { return false }
            let image = await report(task, totals) {
                try await task.run { done, total in progress.note(image: index, done: done, total: total) }
            }
            if let image { await tell(task.item, .done(image.value), image.milliseconds, totals) }
            progress.end(image: index, tiles: image?.value.tiles ?? 0)
            return image != nil
        }
        following.cancel()
        await following.value
        await summarize(totals, after: ContinuousClock.now - start)
        if totals.interrupted > 0 { throw CancellationError() }
        return totals.done == plan.items.count && !totals.hasOutputFailed
    }

    /// Calls `body` for each element, some at a time.
    private func some<T: Sendable>(_ all: [T], _ body: @escaping @Sendable (Int, T) async -> Bool) async throws
        -> [Bool]
    {
        let places = AsyncSemaphore(places: max(1, options.imagesAtOnce))
        return await withTaskGroup(of: (Int, Bool).self) { group in
            for (index, one) in all.enumerated() {
                group.addTask {
                    // If the wait is cancelled, `body` itself notices that the run was interrupted.
                    let hasPlace = (try? await places.take()) != nil
                    defer { if hasPlace { places.giveBack() } }
                    return (index, await body(index, one))
                }
            }
            var outcomes = [Bool](repeating: false, count: all.count)
            for await (index, isGood) in group { outcomes[index] = isGood }
            return outcomes
        }
    }

    /// Removes files of killed runs from the folders of the results, and from the temporary folder, in which results
    /// for pipes are made.
    private func removeAbandoned() async throws {
        var places: [FileIdentity: FilePlace] = [:]
        for item in plan.items { if case .file(let place) = item.target { places[place.folderIdentity] = place } }
        try await disk.run { [places] in
            for place in places.values {
                if let folder = try? place.openFolder() { OutputFile.removeAbandoned(in: folder) }
            }
            if let folder = try? Folder(.temporaryFolder) { OutputFile.removeAbandoned(in: folder) }
        }
    }

    private func make(_ folder: RawPath) async throws {
        do {
            try await disk.run { try Folder.make(folder) }
        } catch let error as FileError {
            throw ServiceError(.badRequest, error.reason)
        }
    }

    /// Runs a step of an image's work, and reports its failure.
    private func report<R: Sendable>(
        _ task: ImageTask, _ totals: Totals, _ step: () async throws -> R
    ) async -> (value: R, milliseconds: Double)? {
        let start = ContinuousClock.now
        let outcome: ImageReport.Outcome
        do {
            try Task.checkCancellation()
            let value = try await step()
            return (value, (ContinuousClock.now - start) / .milliseconds(1))
        } catch is CancellationError {
            outcome = .interrupted
        } catch {
            outcome = Task.isCancelled ? .interrupted : .failed(Self.reason(error))
        }
        await tell(task.item, outcome, (ContinuousClock.now - start) / .milliseconds(1), totals)
        return nil
    }

    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as ServiceError: error.detail
        case let error as JobFailure: error.reason
        default: "\(error)"
        }
    }

    private func tell(
        _ item: ProcessPlan.Item, _ outcome: ImageReport.Outcome, _ milliseconds: Double, _ totals: Totals
    ) async {
        totals.note(outcome)
        let report = ImageReport(
            input: item.source.path, output: item.output, outcome: outcome, milliseconds: milliseconds)
        switch outcome {
        case .failed(let reason): await display.line("\(item.source.path.shownName): \(reason)")
        case .done(let image):
            for note in image.notes { await display.line("\(item.source.path.shownName): note: \(note)") }
        case .interrupted: break
        }
        if options.json, await !display.output(report.json) { totals.noteOutputFailure() }
    }

    private func summarize(_ totals: Totals, after elapsed: Duration) async {
        let seconds = elapsed / .seconds(1)
        let text =
            "\(totals.done) of \(plan.items.count) done, \(totals.tiles) tiles in "
            + "\(ProgressDisplay.decimal(seconds)) s, \(ProgressDisplay.decimal(Double(totals.tiles) / seconds)) tiles/s"
        if options.json || plan.usesStandardOutput {
            await display.line(text)
        } else if await !display.output(text) {
            totals.noteOutputFailure()
        }
    }
}

/// The outcome of all images so far.
private final class Totals: Sendable {
    private struct Counts {
        var done = 0
        var interrupted = 0
        var tiles = 0
        var hasOutputFailed = false
    }

    private let counts = Mutex(Counts())

    func note(_ outcome: ImageReport.Outcome) {
        counts.withLock { counts in
            switch outcome {
            case .done(let image):
                counts.done += 1
                counts.tiles += image.tiles
            case .interrupted: counts.interrupted += 1
            case .failed: break
            }
        }
    }

    /// Notes that standard output could not be written.
    func noteOutputFailure() { counts.withLock { $0.hasOutputFailed = true } }

    var done: Int { counts.withLock { $0.done } }
    var interrupted: Int { counts.withLock { $0.interrupted } }
    var tiles: Int { counts.withLock { $0.tiles } }
    var hasOutputFailed: Bool { counts.withLock { $0.hasOutputFailed } }
}
