import Foundation
import TileCodecs
import TileCore

/// The main loop of a codec process: one request after the other, until the master ends.
struct CodecServer {
    /// The hidden command by which the master starts its own program.
    static let command = "codec"
    /// How often rows are reported to the master. Other stages wait for them.
    private static let reportInterval = Duration.milliseconds(4)
    /// How often pages of canvases are given back.
    private static let giveBackInterval = Duration.milliseconds(50)

    private let socket = MessageSocket.inherited()

    /// Runs the server. Call it before any thread is started.
    static func run() -> Never {
        // No other thread gives pages back here, so the code below does.
        MappedPages.withoutThread()
        // Without memory, the kernel ends this process first, so that one image is lost and not the master.
        ProcessRights.endFirstWithoutMemory()
        do {
            try warmUp()
            try Sandbox.enter()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            exit(71)
        }
        let server = CodecServer()
        server.send(.ready)
        while let message = server.socket.receive() {
            server.send(server.answer(message))
            MappedPages.giveBack()
            ImagingSetup.trimHeap()
        }
        exit(0)
    }

    /// Encodes and decodes a message before the sandbox is entered, because the first use may need files or system
    /// calls that the sandbox forbids.
    private static func warmUp() throws {
        let encoder = ResultEncoder(
            pipeline: try Pipeline(parsing: "invert"), format: .png, quality: nil, options: JobOptions())
        let request = CodecRequest.encode(
            encoder, size: PixelSize(width: 1, height: 1), format: .gray(.eight), threads: 1, hasOverviews: true)
        _ = try OutsideJSON.decode(CodecRequest.self, from: request.bytes)
        _ = try CodecAnswer.failed(ImagingError(.undecodable, "")).bytes
    }

    private func send(_ answer: CodecAnswer) {
        // Without a master there is nothing left to do.
        guard let bytes = try? answer.bytes, socket.send(bytes) else { exit(0) }
    }

    private func answer(_ message: MessageSocket.Message) -> CodecAnswer {
        do {
            return try perform(OutsideJSON.decode(CodecRequest.self, from: message.bytes), message.descriptors)
        } catch let error as ImageFileError {
            return .refused(error)
        } catch let error as ImagingError {
            return .failed(error)
        } catch {
            return .invalidRequest("\(error)")
        }
    }

    private func perform(_ request: CodecRequest, _ files: [OwnedDescriptor]) throws -> CodecAnswer {
        guard files.count == request.fileCount else { return .invalidRequest("\(files.count) files") }
        switch request {
        case .header(let page):
            let header = try ImageReader(files[0], page: page).header
            #if DEBUG
                try Self.faults?.inject(in: .header, of: header.size.width, socket)
            #endif
            return .header(header)
        case .decode(let options, let size, let format, let threads, let hasOverviews):
            let canvas = try Canvas.open(files[1], size: size, format: format)
            let overviews = hasOverviews ? OverviewMaker(files[3], of: size, format: format, threads: threads) : nil
            let notes = try reporting(.decode, size) { progress in
                try CodecWork.decode(
                    files[0], options, threads: threads, scratch: files[2], into: canvas, overviews: overviews,
                    until: { false }, progress: progress)
            }
            return .done(notes: notes, overviewFailure: overviews?.failure)
        case .encode(let encoder, let size, let format, let threads, let hasOverviews):
            let image = try Canvas.open(files[1], size: size, format: format)
            return try encode(
                CodecWork.beginEncoding(
                    image, of: files[0], by: encoder, threads: threads, scratch: files[2], into: files[3],
                    overviews: hasOverviews ? files[4] : nil), size)
        case .overview(let part, let format):
            #if DEBUG
                try Self.faults?.inject(in: .region, of: part.region.size.width, socket)
            #endif
            try Canvas.open(files[1], size: part.region.size, format: format).fill(from: files[0], part)
            return .done(notes: [])
        case .readRows(let rows, let page, let size, let format, let threads, let hasIndex):
            #if DEBUG
                try Self.faults?.inject(in: .region, of: size.width, socket)
            #endif
            try CodecWork.readRows(
                rows, of: files[0], page: page, index: hasIndex ? files[2] : nil, threads: threads,
                into: Canvas.open(files[1], size: size, format: format), until: { false })
            return .done(notes: [])
        case .rows: return .invalidRequest("rows without an image")
        #if DEBUG
            case .attempt(let trial): return .rows(Int(trial.run(files[0])))
        #endif
        }
    }

    /// Writes a result's rows when the master reports them complete.
    private func encode(_ writer: ResultWriter, _ size: PixelSize) throws -> CodecAnswer {
        var complete = 0
        while complete < size.height {
            send(.rows(complete))
            guard let message = socket.receive() else { exit(0) }
            guard case .rows(let rows) = try OutsideJSON.decode(CodecRequest.self, from: message.bytes),
                rows > complete, rows <= size.height
            else { return .invalidRequest("rows out of range") }
            if rows < size.height {
                try reporting(.encode, size) { progress in
                    // Progress ends one row early, because the report of all rows is the answer, which the loop sends
                    // next.
                    try writer.write(upTo: rows, until: { false }) { progress(min($0, rows - 1)) }
                }
            }
            complete = rows
        }
        let notes = try reporting(.encode, size) { try writer.finish(until: { false }, progress: $0) }
        return .done(notes: notes, overviewFailure: writer.overviewFailure)
    }

    private enum Work { case decode, encode }

    /// Does work that reports its progress to the master.
    private func reporting<R>(
        _ kind: Work, _ size: PixelSize, _ work: (_ progress: (Int) -> Void) throws -> R
    ) throws -> R {
        let clock = SuspendingClock()
        var (next, nextGivingBack) = (clock.now, clock.now)
        #if DEBUG
            var fault: (any Error)?
        #endif
        let result = try work { rows in
            let now = clock.now
            guard now >= next else { return }
            next = now + Self.reportInterval
            send(.rows(rows))
            if now >= nextGivingBack {
                nextGivingBack = now + Self.giveBackInterval
                MappedPages.giveBack()
            }
            #if DEBUG
                do {
                    try Self.faults?.inject(in: kind == .decode ? .decode : .encode, of: size.width, socket)
                } catch {
                    fault = error
                }
            #endif
        }
        #if DEBUG
            if let fault { throw fault }
        #endif
        return result
    }

    #if DEBUG
        private static let faults = CodecFaults(ProcessInfo.processInfo.environment[CodecFaults.variable])
    #endif
}
