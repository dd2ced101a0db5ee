import Dispatch
import Foundation
import Logging
import Synchronization
import TileCore

/// The codecs in processes of their own, which strangers' files can end but nothing more: one for each core is kept
/// ready. A process that dies, overruns or is cancelled is replaced; nothing that it did is tried again.
///
/// A process ends with the thread that has started it, so all calls belong on threads that last as long as this does.
final class CodecProcesses: ImageCodecs {
    /// A process that leaks does it so often.
    static let maximumAnswers = 100

    /// As many jobs at once as there are cores.
    let places: AsyncSemaphore
    private let program: String
    private let scratchFolder: String
    private let count: Int
    private let logger: Logger
    /// All requests at once: beside jobs there are headers and images that people look at, which must not wait for them.
    private let requests: DispatchSemaphore
    private let state = Mutex(State())

    private struct State {
        var idle: [CodecProcess] = []
        var isClosed = false
    }

    /// - Parameters:
    ///   - program: of the master.
    ///   - scratchFolder: for files without a name, on a disk that can hold an image.
    init(
        program: String = "/proc/self/exe", count: Int = ProcessInfo.processInfo.activeProcessorCount,
        scratchFolder: String, logger: Logger
    ) {
        self.program = program
        self.scratchFolder = scratchFolder
        self.count = count
        self.logger = logger
        places = AsyncSemaphore(places: count)
        requests = DispatchSemaphore(value: 2 * count + 2)
    }

    /// Starts the processes, and waits until one of them is ready.
    /// - Throws: `ServiceError` if they cannot be started here.
    func start() throws {
        do {
            for _ in 0..<count {
                let process = try newProcess()
                state.withLock { $0.idle.append(process) }
            }
            try withProcess(until: { false }) { _ in }
        } catch {
            close()
            throw ServiceError(.startup, "codec processes cannot be started: \(error)")
        }
    }

    /// Ends the processes; those that work end with their requests, which are given up.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for process in idle { process.end() }
    }

    // MARK: Requests

    func header(of source: String, page: Int?) throws -> ImageHeader {
        let file = try OwnedDescriptor(reading: source)
        let limits = CodecLimits.header(sourceBytes: Self.size(source))
        do {
            switch try perform(.header(page: page), [file], within: limits, until: { false }, progress: { _ in }) {
            case .header(let header) where header.isPossible: return header
            case .refused(let error) where error.code == .outOfMemory:
                throw ImageFileError(.damaged, Self.outOfMemory("decoder", limits))
            case .refused(let error): throw error
            case .failed(let error): throw ImageFileError(.inaccessible, error.reason)
            default: throw CodecProcess.Failure(reason: "the decoder gave an answer that makes no sense")
            }
        } catch let failure as CodecProcess.Failure {
            throw ImageFileError(.damaged, failure.reason)
        }
    }

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, until isCancelled: () -> Bool,
        progress: (Int) -> Void
    ) throws -> [String] {
        let file = try OwnedDescriptor(reading: source)
        let limits = CodecLimits.decoding(
            canvas.size, sourceBytes: Self.size(source), ImageFileFormat(beginningOf: file))
        return try notes(
            of: .decode(options, size: canvas.size, format: canvas.format),
            [file, try Self.file(of: canvas), .unnamed(in: scratchFolder)], within: limits, .undecodable, "decoder",
            until: isCancelled, progress: progress)
    }

    func encode(
        _ image: Canvas, of source: String, by encoder: ResultEncoder, into path: String,
        until isCancelled: () -> Bool
    ) throws -> [String] {
        let limits = CodecLimits.encoding(image.size, sourceBytes: Self.size(source), encoder.format)
        let file: OwnedDescriptor
        do throws(ImageFileError) {
            file = try OwnedDescriptor(reading: source)
        } catch {
            throw ImagingError(undecodable: error)
        }
        return try notes(
            of: .encode(encoder, size: image.size, format: image.format),
            [file, try Self.file(of: image), .unnamed(in: scratchFolder), OwnedDescriptor(creating: path)],
            within: limits, .unencodable, "encoder", until: isCancelled, progress: { _ in })
    }

    /// What is said of work on pixels.
    private func notes(
        of request: CodecRequest, _ files: [OwnedDescriptor], within limits: CodecLimits, _ code: ImagingError.Code,
        _ work: String, until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        do {
            switch try perform(request, files, within: limits, until: isCancelled, progress: progress) {
            case .done(let notes): return CodecAnswer.limited(notes)
            case .refused(let error) where error.code == .outOfMemory:
                throw ImagingError(code, Self.outOfMemory(work, limits))
            case .failed(let error) where error.isOutOfMemory:
                throw ImagingError(code, Self.outOfMemory(work, limits))
            case .refused(let error): throw error
            case .failed(let error): throw error
            default: throw CodecProcess.Failure(reason: "the \(work) gave an answer that makes no sense")
            }
        } catch let failure as CodecProcess.Failure {
            throw ImagingError(code, failure.reason)
        }
    }

    private static func outOfMemory(_ work: String, _ limits: CodecLimits) -> String {
        "the \(work) needed more than \(limits.memory >> 20) MiB of memory"
    }

    private static func size(_ path: String) -> Int { (try? DurableFile.size(path)) ?? 0 }

    private static func file(of canvas: Canvas) throws -> OwnedDescriptor {
        guard let file = canvas.file else { throw ImagingError(.canvas, "a canvas in memory cannot be lent") }
        return file
    }

    /// Has a process do a request.
    func perform(
        _ request: CodecRequest, _ files: [OwnedDescriptor], within limits: CodecLimits, until isCancelled: () -> Bool,
        progress: (Int) -> Void
    ) throws -> CodecAnswer {
        var limits = limits
        #if DEBUG
            limits = CodecFaults.limits(limits)
        #endif
        return try withProcess(until: isCancelled) { [limits] process throws in
            try process.perform(
                request, files, within: limits, until: { isCancelled() || isClosed }, progress: progress)
        }
    }

    // MARK: Processes

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Lends a process.
    private func withProcess<R>(
        until isCancelled: () -> Bool, _ body: (inout CodecProcess) throws -> R
    ) throws -> R {
        while requests.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
            if isCancelled() || isClosed { throw CancellationError() }
        }
        defer { requests.signal() }
        var process = try takeProcess()
        do {
            try process.waitUntilReady { isCancelled() || isClosed }
        } catch let failure as CodecProcess.Failure {
            // That is no fault of the request, and may be over soon.
            process.end()
            throw ServiceError(.notReady, failure.reason)
        } catch {
            giveBack(process)
            throw error
        }
        do {
            let result = try body(&process)
            giveBack(process)
            return result
        } catch {
            process.end()
            refill()
            throw error
        }
    }

    private func takeProcess() throws -> CodecProcess {
        while let process = state.withLock({ $0.idle.popLast() }) {
            // The system may have ended it for its memory.
            guard process.hasEnded else { return process }
            process.end()
        }
        if isClosed { throw CancellationError() }
        do {
            return try newProcess()
        } catch {
            throw ServiceError(.notReady, "\(error)")
        }
    }

    private func giveBack(_ process: CodecProcess) {
        guard process.answers < Self.maximumAnswers else {
            process.end()
            return refill()
        }
        let isKept = state.withLock { state in
            guard !state.isClosed, state.idle.count < count else { return false }
            state.idle.append(process)
            return true
        }
        if !isKept { process.end() }
    }

    /// Another process for one that is gone. If that fails, the next request tries it again.
    private func refill() {
        if !isClosed, let process = try? newProcess() { giveBack(process) }
    }

    private func newProcess() throws(HelperError) -> CodecProcess {
        try CodecProcess.start(program, environment: Self.environment, logger: logger)
    }

    /// What the processes get to know of the master's environment, in which secrets may be.
    private static let environment = ProcessInfo.processInfo.environment.compactMap { name, value in
        name == "LD_LIBRARY_PATH" || name.hasPrefix("TILEWORK_FAULT_CODEC") ? "\(name)=\(value)" : nil
    }
}
