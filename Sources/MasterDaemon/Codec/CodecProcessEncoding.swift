import Synchronization
import TileCore

/// A result that a codec process writes. Between the calls the process waits, and no thread of the master is used.
final class CodecProcessEncoding: ResultEncoding {
    private struct State {
        /// `nil` once the process was given back or dropped.
        var process: CodecProcess?
        var work: CodecProcess.Work
        /// `nil` once they are complete or given up.
        var overviews: OverviewFile?
    }

    private let processes: CodecProcesses
    private let limits: CodecLimits
    private let image: any PixelRows
    private let stages: StageMeter
    private let state: Mutex<State>

    init(
        _ processes: CodecProcesses, _ process: CodecProcess, _ work: CodecProcess.Work, _ limits: CodecLimits,
        of image: any PixelRows, _ overviews: OverviewFile?, _ stages: StageMeter
    ) {
        self.processes = processes
        self.limits = limits
        self.image = image
        self.stages = stages
        state = Mutex(State(process: process, work: work, overviews: overviews))
    }

    deinit { cancel() }

    func write(upTo complete: Int, until isCancelled: () -> Bool) throws {
        // `finish` sends the last rows.
        guard complete < image.size.height else { return }
        let answer = try exchange(complete, reaching: complete, isCancelled)
        if case .rows = answer { return }
        _ = try done(answer)
        throw ImagingError(.unencodable, "the encoder ended before the image was complete")
    }

    func finish(until isCancelled: () -> Bool) throws -> [String] {
        let (notes, failure) = try done(exchange(image.size.height, reaching: nil, isCancelled))
        state.withLock { state in
            state.overviews?.end(failure)
            state.overviews = nil
        }
        return notes
    }

    /// Reports complete rows to the process, and waits for its answer.
    private func exchange(_ rows: Int, reaching row: Int?, _ isCancelled: () -> Bool) throws -> CodecAnswer {
        try state.withLock { state in
            guard var process = state.process else { throw CancellationError() }
            do {
                try process.tell(rows: rows)
                let answer = try process.answer(
                    to: &state.work, reaching: row, until: { isCancelled() || processes.isClosed },
                    progress: { _ in })
                if case .rows = answer {
                    state.process = process
                } else {
                    state.process = nil
                    stages.add(
                        .encode, bytes: PixelBuffer.byteCount(size: image.size, format: image.format),
                        wall: state.work.wall, cpu: process.cpuTime(of: state.work))
                    processes.giveBack(process)
                }
                return answer
            } catch {
                state.process = nil
                processes.drop(process)
                throw (error as? CodecProcess.Failure).map { ImagingError(.unencodable, $0.reason) } ?? error
            }
        }
    }

    private func done(_ answer: CodecAnswer) throws -> CodecAnswer.Done {
        do {
            return try answer.done(within: limits, .unencodable)
        } catch let failure as CodecProcess.Failure {
            throw ImagingError(.unencodable, failure.reason)
        }
    }

    func cancel() {
        state.withLock { state in
            if let process = state.process { processes.drop(process) }
            state.process = nil
            state.overviews?.discard()
            state.overviews = nil
        }
    }
}
