import Dispatch
import Foundation
import Logging
import Synchronization
import TileCodecs
import TileCore

/// Runs the codecs in processes of their own. An untrusted file can end such a process, but do nothing worse. One
/// process for each core is kept ready. A process that crashes, exceeds a limit or is cancelled is replaced, and its
/// request is not tried again.
///
/// A process ends with the thread that started it. So call all methods on threads that live as long as this object.
final class CodecProcesses: ImageCodecs {
    /// A process is replaced after so many answers, in case it leaks.
    static let maximumAnswers = 100

    /// As many jobs at once as there are cores.
    let decoders: AsyncSemaphore
    let earlyEncoders: AsyncSemaphore
    let encoders: AsyncSemaphore
    private let program: String
    private let environment: [String]
    private let scratchFolder: String
    private let count: Int
    let codecThreads: Int
    private let stages: StageMeter
    private let logger: Logger
    /// Limits all requests together. There are more places than jobs take, so that headers and images for viewers do
    /// not wait for jobs.
    private let requests: DispatchSemaphore
    private let state = Mutex(State())

    private struct State {
        var idle: [CodecProcess] = []
        var isClosed = false
        /// Without the idle processes, which `use` counts when it is read.
        var use = CodecUse()
    }

    /// - Parameters:
    ///   - program: the path of the master's program.
    ///   - environment: the environment of the processes.
    ///   - codecThreads: how many threads decode or compress one image in parallel.
    ///   - scratchFolder: the folder for files without names, on a disk that can hold an image.
    init(
        program: String = "/proc/self/exe", count: Int = ProcessInfo.processInfo.activeProcessorCount,
        codecThreads: Int = ImageWriter.cores, environment: [String] = CodecProcesses.inherited, scratchFolder: String,
        stages: StageMeter = StageMeter(), logger: Logger
    ) {
        self.program = program
        self.environment = environment
        self.scratchFolder = scratchFolder
        self.count = count
        self.codecThreads = codecThreads
        self.stages = stages
        self.logger = logger
        decoders = AsyncSemaphore(places: count)
        earlyEncoders = AsyncSemaphore(places: count, maximumWaiting: 0)
        encoders = AsyncSemaphore(places: count)
        requests = DispatchSemaphore(value: 3 * count + 2)
    }

    /// Starts the processes, and waits until one of them is ready.
    /// - Throws: `ServiceError` if they cannot be started.
    func start() throws {
        do {
            for _ in 0..<count {
                let process = try newProcess()
                state.withLock { $0.idle.append(process) }
            }
            giveBack(try take(until: { false }))
        } catch {
            close()
            throw ServiceError(.startup, "codec processes cannot be started: \(error)")
        }
    }

    /// Ends the processes. Requests in progress fail.
    func close() {
        let idle = state.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for process in idle { process.end() }
    }

    // MARK: Requests

    func decode(
        _ source: String, _ options: JobOptions, into canvas: Canvas, overviews: OverviewFile?,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> [String] {
        let file = try OwnedDescriptor(reading: source)
        var files = [file, try Self.file(of: canvas), try .unnamed(in: scratchFolder)]
        let overviewFile = overviews?.begin()
        let limits = CodecLimits.decoding(
            canvas.size, sourceBytes: Self.size(source), ImageFileFormat(beginningOf: file),
            hasOverviews: overviewFile != nil)
        if let overviewFile { files.append(overviewFile) }
        do {
            let (notes, failure) = try done(
                .decode(
                    options, size: canvas.size, format: canvas.format, threads: codecThreads,
                    hasOverviews: overviewFile != nil),
                files, within: limits, .undecodable, until: isCancelled, progress: progress)
            if overviewFile != nil { overviews?.end(failure) }
            return notes
        } catch {
            overviews?.discard()
            throw error
        }
    }

    func beginEncoding(
        _ image: any PixelRows, of source: String, by encoder: ResultEncoder, into path: String,
        overviews: OverviewFile?,
        until isCancelled: () -> Bool
    ) throws -> any ResultEncoding {
        let limits = limited(
            CodecLimits.encoding(
                image.size, sourceBytes: Self.size(source), encoder.format, hasOverviews: overviews != nil))
        var files = [
            try OwnedDescriptor.source(source), try Self.file(of: image), try .unnamed(in: scratchFolder),
            try OwnedDescriptor(creating: path),
        ]
        var process = try take(until: isCancelled)
        let overviewFile = overviews?.begin()
        if let overviewFile { files.append(overviewFile) }
        do {
            let request = CodecRequest.encode(
                encoder, size: image.size, format: image.format, threads: codecThreads,
                hasOverviews: overviewFile != nil)
            var work = try process.begin(request, files, within: limits)
            let answer = try process.answer(
                to: &work, reaching: 0, until: { isCancelled() || isClosed }, progress: { _ in })
            guard case .rows = answer else {
                _ = try answer.done(within: limits, .unencodable)
                throw CodecProcess.Failure(reason: "the encoder ended before its first row")
            }
            return CodecProcessEncoding(
                self, process, work, limits, of: image, overviewFile == nil ? nil : overviews, stages)
        } catch {
            drop(process)
            overviews?.discard()
            throw (error as? CodecProcess.Failure).map { ImagingError(.unencodable, $0.reason) } ?? error
        }
    }

    /// The notes of decoding or encoding, and why overviews are missing, if they are.
    func done(
        _ request: CodecRequest, _ files: [OwnedDescriptor], within limits: CodecLimits, _ code: ImagingError.Code,
        until isCancelled: () -> Bool, progress: (Int) -> Void
    ) throws -> CodecAnswer.Done {
        do {
            return try perform(request, files, within: limits, until: isCancelled, progress: progress)
                .done(within: limits, code)
        } catch let failure as CodecProcess.Failure {
            throw ImagingError(code, failure.reason)
        }
    }

    static func size(_ path: String) -> Int { (try? DurableFile.size(path)) ?? 0 }

    static func file(of image: any PixelRows) throws -> OwnedDescriptor {
        guard let file = (image as? Canvas)?.file else {
            throw ImagingError(.canvas, "a codec process cannot use an image that is in memory")
        }
        return file
    }

    /// Performs a request in one of the processes.
    func perform(
        _ request: CodecRequest, _ files: [OwnedDescriptor], within limits: CodecLimits, until isCancelled: () -> Bool,
        progress: (Int) -> Void
    ) throws -> CodecAnswer {
        let limits = limited(limits)
        var process = try take(until: isCancelled)
        do {
            var work = try process.begin(request, files, within: limits)
            let answer = try process.answer(
                to: &work, until: { isCancelled() || isClosed }, progress: progress)
            if case .decode(_, let size, let format, _, _) = request {
                stages.add(
                    .decode, bytes: PixelBuffer.byteCount(size: size, format: format), wall: work.wall,
                    cpu: process.cpuTime(of: work))
            }
            giveBack(process)
            return answer
        } catch {
            drop(process)
            throw error
        }
    }

    private func limited(_ limits: CodecLimits) -> CodecLimits {
        #if DEBUG
            return CodecFaults.limits(limits)
        #else
            return limits
        #endif
    }

    // MARK: Processes

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// How many processes there are and were.
    var use: CodecUse { state.withLock { $0.use.with(idle: $0.idle.count) } }

    private func end(_ process: CodecProcess, _ reason: CodecUse.End) {
        state.withLock { $0.use.ended[reason, default: 0] += 1 }
        process.end()
    }

    /// Takes a ready process. The caller has to give it back or drop it.
    private func take(until isCancelled: () -> Bool) throws -> CodecProcess {
        while requests.wait(timeout: .now() + .milliseconds(50)) == .timedOut {
            if isCancelled() || isClosed { throw CancellationError() }
        }
        do {
            var process = try takeProcess()
            do {
                try process.waitUntilReady { isCancelled() || isClosed }
                state.withLock { $0.use.busy += 1 }
                return process
            } catch let failure as CodecProcess.Failure {
                // This is not the fault of the request, and may be transient.
                end(process, .died)
                throw ServiceError(.notReady, failure.reason)
            } catch {
                keep(process)
                throw error
            }
        } catch {
            requests.signal()
            throw error
        }
    }

    /// Returns a process that has answered. It takes the next request.
    func giveBack(_ process: CodecProcess) {
        state.withLock { $0.use.busy -= 1 }
        keep(process)
        requests.signal()
    }

    /// Ends a process that has not answered, and starts another in its place.
    func drop(_ process: CodecProcess) {
        state.withLock { $0.use.busy -= 1 }
        end(process, .dropped)
        refill()
        requests.signal()
    }

    private func takeProcess() throws -> CodecProcess {
        while let process = state.withLock({ $0.idle.popLast() }) {
            // The kernel may have ended the process to free memory.
            guard process.hasEnded else { return process }
            end(process, .died)
        }
        if isClosed { throw CancellationError() }
        do {
            return try newProcess()
        } catch {
            throw ServiceError(.notReady, "\(error)")
        }
    }

    private func keep(_ process: CodecProcess) {
        guard process.answers < Self.maximumAnswers else {
            end(process, .retired)
            return refill()
        }
        let isKept = state.withLock { state in
            guard !state.isClosed, state.idle.count < count else { return false }
            state.idle.append(process)
            return true
        }
        if !isKept { end(process, .retired) }
    }

    /// Starts another process in place of one that has ended. If that fails, the next request tries again.
    private func refill() {
        if !isClosed, let process = try? newProcess() { keep(process) }
    }

    private func newProcess() throws(HelperError) -> CodecProcess {
        let process = try CodecProcess.start(program, environment: environment, logger: logger)
        state.withLock { $0.use.started += 1 }
        return process
    }

    /// The only variables of the master's environment that the processes get, because others may be secret.
    static let inherited = ProcessInfo.processInfo.environment.compactMap { name, value in
        name == "LD_LIBRARY_PATH" || name.hasPrefix("TILEWORK_FAULT_CODEC") ? "\(name)=\(value)" : nil
    }
}
