import Foundation
import Logging
import Synchronization
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

@Suite struct CodecProcessesTests {
    private static let photo = PixelSize(width: 300, height: 211)
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    /// Runs `body` with codec processes, on a thread that lasts as long as they do.
    private func with<R: Sendable>(
        count: Int = 1, fault: String? = nil, stages: StageMeter = StageMeter(),
        _ body: @escaping @Sendable (CodecProcesses) throws -> R
    ) async throws -> R {
        let scratch = folder.url.path
        let disk = DiskPool(threads: 1)
        let result = try await disk.run { () -> Result<R, any Error> in
            let codecs = CodecProcesses(
                program: builtMaster, count: count, codecThreads: 3,
                environment: CodecProcesses.inherited + (fault.map { ["TILEWORK_FAULT_CODEC=\($0)"] } ?? []),
                scratchFolder: scratch, stages: stages, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            return Result {
                try codecs.start()
                defer { codecs.close() }
                return try body(codecs)
            }
        }
        await disk.close()
        return try result.get()
    }

    private func photo(_ format: PixelFormat) -> PixelBuffer {
        let bytes = (0..<PixelBuffer.byteCount(size: Self.photo, format: format)).map { index in
            UInt8(truncatingIfNeeded: index &* index / 97)
        }
        return PixelBuffer(adopting: OwnedBytes(copying: bytes), size: Self.photo, format: format)
    }

    @Test(arguments: ImageFileFormat.allCases)
    func codecProcessesEqualDirectCodecs(format: ImageFileFormat) async throws {
        let (source, folder) = (folder.path("source"), folder)
        try write(photo(.bgr(.eight)), to: source, OutputEncoding(fileFormat: format))
        let direct = DirectCodecs(scratchFolder: folder.url.path)
        try await with { codecs in
            let header = try codecs.header(of: source, page: nil)
            #expect(try header == direct.header(of: source, page: nil))
            let (own, other) = (
                try direct.decoded(source, in: folder.url.path), try codecs.decoded(source, in: folder.url.path)
            )
            #expect(own.withPixels { own in other.withPixels { own.hasSamePixels(as: $0) } })
            for target in ImageFileFormat.allCases {
                let encoder = ResultEncoder(
                    pipeline: try Pipeline(parsing: "invert"), format: target, quality: nil, options: JobOptions())
                let paths = (folder.path("own"), folder.path("other"))
                let ownNotes = try direct.encode(own, of: source, by: encoder, into: paths.0)
                let otherNotes = try codecs.encode(other, of: source, by: encoder, into: paths.1)
                #expect(ownNotes == otherNotes)
                #expect(FileManager.default.contentsEqual(atPath: paths.0, andPath: paths.1), "\(format) to \(target)")
            }
        }
    }

    @Test func timeAndBytesOfFilesAreCounted() async throws {
        let (source, folder, stages) = (try folder.image(1100, 1000), folder, StageMeter())
        let encoder = ResultEncoder(
            pipeline: try Pipeline(parsing: "invert"), format: .png, quality: nil, options: JobOptions())
        try await with(stages: stages) { codecs in
            let image = try codecs.decoded(source, in: folder.url.path)
            _ = try codecs.encode(image, of: source, by: encoder, into: folder.path("result"))
            for stage in [StageMeter.Stage.decode, .encode] {
                #expect(stages[stage].count == 1 && stages[stage].wall > .zero, "\(stage)")
                #expect(stages[stage].bytes == PixelBuffer.byteCount(size: image.size, format: image.format))
                // A megapixel takes at least this long on any machine.
                #expect(stages[stage].cpu ?? .zero > .milliseconds(1), "\(stage)")
            }
            // A decoding that is cancelled at once does not count.
            _ = try? codecs.decode(
                folder.path("result"), JobOptions(), into: image, overviews: nil, until: { true }
            ) { _ in }
            #expect(stages[.decode].count == 1)
        }
    }

    /// Threads can be started inside the sandbox.
    @Test(arguments: ImageFileFormat.allCases)
    func largeImageIsWrittenByThreads(format: ImageFileFormat) async throws {
        let (source, folder) = (try folder.image(1100, 1000), folder)
        let encoder = ResultEncoder(
            pipeline: try Pipeline(parsing: "invert"), format: format, quality: 80, options: JobOptions())
        let direct = DirectCodecs(scratchFolder: folder.url.path, codecThreads: 3)
        let alone = DirectCodecs(scratchFolder: folder.url.path, codecThreads: 1)
        try await with { codecs in
            let image = try codecs.decoded(source, in: folder.url.path)
            let paths = ["codec", "direct", "alone"].map { folder.path($0) }
            _ = try codecs.encode(image, of: source, by: encoder, into: paths[0]) { false }
            _ = try direct.encode(image, of: source, by: encoder, into: paths[1]) { false }
            _ = try alone.encode(image, of: source, by: encoder, into: paths[2]) { false }
            #expect(FileManager.default.contentsEqual(atPath: paths[0], andPath: paths[1]))
            #expect(FileManager.default.contentsEqual(atPath: paths[1], andPath: paths[2]))
        }
    }

    /// The coefficients are in the scratch file, which may grow inside the sandbox.
    @Test func progressiveJPEGIsWrittenAndRead() async throws {
        let (source, folder) = (folder.path("source"), folder)
        try write(photo(.bgr(.eight)), to: source, OutputEncoding(fileFormat: .png))
        let encoder = ResultEncoder(
            pipeline: try Pipeline(parsing: "invert"), format: .jpeg, quality: nil,
            options: try JobOptions { ["progressive": "true"][$0] })
        let direct = DirectCodecs(scratchFolder: folder.url.path)
        try await with { codecs in
            let image = try codecs.decoded(source, in: folder.url.path)
            let paths = (folder.path("own"), folder.path("other"))
            _ = try direct.encode(image, of: source, by: encoder, into: paths.0)
            _ = try codecs.encode(image, of: source, by: encoder, into: paths.1)
            #expect(FileManager.default.contentsEqual(atPath: paths.0, andPath: paths.1))
            let own = try direct.decoded(paths.0, in: folder.url.path)
            let other = try codecs.decoded(paths.0, in: folder.url.path)
            #expect(own.withPixels { own in other.withPixels { own.hasSamePixels(as: $0) } })
        }
    }

    /// The error names the limit. It is not reported as a full disk, because waiting for space would not help.
    @Test func fileAboveTheLimitIsNotAFullDisk() async throws {
        let (source, folder, size) = (folder.path("source"), folder, PixelSize(width: 2000, height: 2000))
        var encoding = OutputEncoding(fileFormat: .jpeg)
        encoding.isProgressive = true
        let bytes = [UInt8](repeating: 77, count: PixelBuffer.byteCount(size: size, format: .bgr(.eight)))
        let pixels = PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: .bgr(.eight))
        try write(pixels, to: source, encoding)
        try await with { codecs in
            let canvas = try Canvas.unnamed(in: folder.url.path, size: size, format: .bgr(.eight))
            let request = CodecRequest.decode(
                JobOptions(), size: size, format: canvas.format, threads: 1, hasOverviews: false)
            let files = [
                try OwnedDescriptor(reading: source), try #require(canvas.file), try .unnamed(in: folder.url.path),
            ]
            let error = #expect(throws: ImagingError.self) {
                try codecs.done(
                    request, files, within: CodecLimits(cpuSeconds: 60, memory: 1 << 30, file: 1 << 20), .undecodable,
                    until: { false }, progress: { _ in })
            }
            #expect(error?.reason == "the decoder needed a file of more than 1 MiB")
            #expect(try ServiceError(shortageIn: #require(error)) == nil)
        }
    }

    @Test func fileThatIsNoImageDoesNotEndTheProcess() async throws {
        let (nothing, image) = (folder.path("nothing"), try folder.image(37, 20))
        try Data("no image at all".utf8).write(to: URL(filePath: nothing))
        try await with { codecs throws in
            let error = #expect(throws: ImageFileError.self) { try codecs.header(of: nothing, page: nil) }
            #expect(error?.code == .notAnImage)
            #expect(try codecs.header(of: image, page: nil).size == PixelSize(width: 37, height: 20))
            let missing = #expect(throws: ImageFileError.self) { try codecs.header(of: nothing + "?", page: nil) }
            #expect(missing?.code == .inaccessible)
        }
    }

    /// The running processes that this thread has started.
    private static func processes() throws -> [Int32] {
        try String(contentsOfFile: "/proc/thread-self/children", encoding: .utf8).split(separator: " ")
            .compactMap { Int32($0) }
    }

    @Test func processIsReplacedAfterManyRequests() async throws {
        let image = try folder.image(37, 20)
        try await with { codecs throws in
            var pids: [Int32] = []
            for _ in 0..<(2 * CodecProcesses.maximumAnswers + 5) {
                #expect(try codecs.header(of: image, page: nil).fileFormat == .png)
                let pid = try #require(try Self.processes().first)
                if pids.last != pid { pids.append(pid) }
                #expect(try Self.processes().count == 1)
            }
            #expect(Set(pids).count == 3)
        }
    }

    @Test func processOfACancelledRequestIsEnded() async throws {
        let image = try folder.image(3000, 3000)
        let scratch = folder.url.path
        try await with { codecs throws in
            let before = try Self.processes()
            // Cancels the request while the process works on it.
            let calls = Mutex(0)
            #expect(throws: CancellationError.self) {
                try codecs.decoded(image, in: scratch) {
                    calls.withLock {
                        $0 += 1; return $0 > 3
                    }
                }
            }
            #expect(try Set(before).isDisjoint(with: Self.processes()))
            #expect(try codecs.header(of: image, page: nil).fileFormat == .png)
        }
    }

    #if DEBUG
        /// The reason names the rows that were requested, because reading a part of an image reports no progress.
        @Test(arguments: ["crash", "defy"]) func partThatBreaksTheDecoderFailsAlone(fault: String) async throws {
            let source = folder.path("source")
            let size = PixelSize(width: 300, height: 10)
            let canvas = try Canvas.unnamed(in: folder.url.path, size: size, format: .bgr(.eight))
            try write(photo(.bgr(.eight)), to: source, OutputEncoding(fileFormat: .bmp))
            try await with(fault: "\(fault):300@region") { codecs throws in
                let request = CodecRequest.readRows(
                    100..<110, page: nil, size: size, format: canvas.format, threads: 1, hasIndex: false)
                let files = [try OwnedDescriptor(reading: source), try #require(canvas.file)]
                let error = #expect(throws: ImagingError.self) {
                    try codecs.done(
                        request, files, within: CodecLimits(cpuSeconds: 1, memory: 1 << 30, file: 0), .undecodable,
                        until: { false }, progress: { _ in })
                }
                let what = fault == "crash" ? "ended by signal 11" : "used more than 1 s of processor time"
                #expect(error?.reason == "the decoder \(what) in rows 100 to 109")
                #expect(try codecs.header(of: source, page: nil).size == Self.photo)
            }
        }

        @Test func overviewThatBreaksTheDecoderFailsAlone() async throws {
            let (source, folder) = (try folder.image(37, 20), folder)
            let whole = PixelSize(width: 4000, height: 3000)
            let part = try #require(Overviews(of: whole).part(showing: TileRegion(whole: whole), side: 2000))
            try await with(fault: "crash:\(part.region.width)@region") { codecs throws in
                let canvas = try Canvas.unnamed(in: folder.url.path, size: part.region.size, format: .bgr(.eight))
                let error = #expect(throws: ImagingError.self) { try codecs.readOverview(source, part, into: canvas) }
                #expect(error?.reason == "the decoder ended by signal 11 in an overview")
                #expect(try codecs.header(of: source, page: nil).fileFormat == .png)
            }
        }

        /// The request may come from a faulty program or from another version.
        @Test func invalidRequestIsRefusedWithTheReason() async throws {
            let source = try folder.image(37, 20)
            try await with { codecs throws in
                let error = #expect(throws: ImagingError.self) {
                    try codecs.done(
                        .rows(3), [], within: .header(sourceBytes: 0), .undecodable, until: { false },
                        progress: { _ in })
                }
                #expect(error?.reason == "the decoder cannot read its request: rows without an image")
                #expect(try codecs.header(of: source, page: nil).fileFormat == .png)
            }
        }

        @Test(arguments: SandboxTrial.allCases)
        func sandboxRefusesEachTrial(trial: SandboxTrial) async throws {
            // The file is writable, as the canvas is.
            let path = folder.path("canvas.raw")
            let file = try #require(Canvas.create(path: path, size: Self.photo, format: .gray(.eight)).file)
            try await with { codecs in
                let limits = CodecLimits.header(sourceBytes: 0)
                do {
                    let answer = try codecs.perform(
                        .attempt(trial), [file], within: limits, until: { false }, progress: { _ in })
                    guard case .rows(let error) = answer else { throw JobFailure(reason: "\(answer)") }
                    #expect(error != 0, "\(trial) went through")
                } catch let failure as CodecProcess.Failure {
                    #expect(failure.reason.contains("signal \(SIGSYS)"))
                }
            }
            #expect(try Data(contentsOf: URL(filePath: path)).count == Self.photo.area)
        }

        /// Runs without seccomp, which would refuse the same calls before Landlock.
        @Test(
            .enabled(if: SandboxTrial.hasLandlock, "the kernel has no Landlock, only seccomp"),
            arguments: [SandboxTrial.open, .create, .exec])
        func landlockAloneRefusesEachTrial(trial: SandboxTrial) {
            #expect(trial.runInLandlock() == EACCES)
        }
    #endif
}
