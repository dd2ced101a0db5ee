import TileCodecs
import TileCore

/// The work on one image of a `process` command, from its source to its destination. If the work fails, it leaves no
/// file.
struct ImageTask: Sendable {
    let item: ProcessPlan.Item
    let processor: any ImageProcessor
    let disk: DiskPool
    let results: ResultGuard
    let cleanup: ExitCleanup
    /// The largest accepted source in bytes.
    let maximumBytes: Int

    /// Checks the header, if the source is a file.
    /// - Throws: `ServiceError` if the image cannot be processed.
    func check() async throws {
        guard item.source.canBeReadTwice else { return }
        try await onDisk { check in
            let source = try open(check)
            try processor.check(source: source.path, request: item.request)
        }
    }

    private static func format(of path: String) throws(ServiceError) -> ImageFileFormat {
        do {
            return try ImageHeader.read(path: path).fileFormat
        } catch {
            throw ServiceError(error)
        }
    }

    /// - Parameter progress: as in `ImageProcessor`.
    func run(progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void) async throws -> ProcessedImage {
        let (source, request) = try await onDisk { check in
            let source = try open(check)
            var request = item.request
            if request.format == nil { request.format = try Self.format(of: source.path) }
            // The content of a pipe was not checked before.
            if !item.source.canBeReadTwice { try processor.check(source: source.path, request: request) }
            return (source, request)
        }
        let (output, entry) = try await onDisk { _ in
            try cleanup.make {
                try OutputFile(in: folder(), fileExtension: (request.format ?? .png).fileExtension)
            } removal: {
                $0.abandon()
            }
        }
        let result: Result<ProcessedImage, any Error>
        do {
            let image = try await processor.process(
                source: source.path, part: output.part, request: request, progress: progress)
            try Task.checkCancellation()
            try await onDisk { check in try deliver(output, check) }
            result = .success(image)
        } catch {
            result = .failure(error)
        }
        // The part file of a failed image and the spooled content of a pipe may have many GB, and freeing them takes
        // time.
        _ = await disk.runQuietly { [cleanup] in
            output.abandon()
            cleanup.remove(entry)
            // The source's path is valid only while the source is open.
            withExtendedLifetime(source) {}
        }
        return try result.get()
    }

    private func open(_ check: () throws -> Void) throws -> OpenFile {
        let source = try item.source.open(limit: maximumBytes, check: check)
        guard source.facts.size > 0 else { throw ServiceError(.notAnImage, "it is empty") }
        guard source.facts.size <= maximumBytes else {
            throw ServiceError(.tooManyBytes, "it has more than \(maximumBytes) bytes, which is the limit")
        }
        return source
    }

    /// The folder in which the result is made.
    private func folder() throws(FileError) -> Folder {
        switch item.target {
        case .file(let place): try place.openFolder()
        case .newFile(let folder, _): try Folder(folder)
        case .stream, .standardOutput: try Folder(.temporaryFolder)
        }
    }

    private func deliver(_ output: OutputFile, _ check: () throws -> Void) throws {
        switch item.target {
        case .file(let place): try results.publish(output, as: place.name)
        case .newFile(_, let name): try results.publish(output, as: name)
        case .stream(let path):
            try ByteSink.open(path, check: check).write(output.takeUnnamed(), check: check)
        case .standardOutput: try ByteSink.standardOutput().write(output.takeUnnamed(), check: check)
        }
    }

    /// Runs a call that can wait for a disk. `check` throws once this task is cancelled.
    private func onDisk<R: Sendable>(_ body: @escaping @Sendable (_ check: () throws -> Void) throws -> R) async throws
        -> R
    {
        try await disk.runCancellable { flag in try body { try flag.check() } }
    }
}
