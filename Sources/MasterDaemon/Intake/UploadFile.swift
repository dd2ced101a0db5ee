import Foundation
import NIOCore
import NIOFoundationCompat
import SystemPackage
import TileCodecs
import TileCore

/// An upload that is written to the disk piece by piece. Memory holds less than `gathered` bytes of it and
/// the piece that has just come. It belongs to one task.
struct UploadFile: ~Copyable {
    /// How many bytes are gathered before they are written. Few, because hundreds of uploads may run at once.
    private static let gathered = 1 << 17

    /// The job that the upload will become.
    let job: JobID
    let path: String
    private let handle: FileHandle
    private let limit: Int
    private let tooLarge: ServiceError
    private let disk: DiskPool
    private let spares: SpareCanvases
    private var pending = ByteBuffer()
    private var count = 0
    /// How many bytes are in the file.
    private var written = 0
    private var writeback = EarlyWriteback()

    /// - Parameters:
    ///   - limit: the largest accepted size in bytes.
    ///   - tooLarge: the error for a larger upload.
    ///   - spares: spare files, which are removed if the disk is full.
    init(
        job: JobID, path: String, limit: Int, tooLarge: ServiceError, disk: DiskPool, spares: SpareCanvases
    ) async throws {
        handle = try await disk.run {
            do {
                return try Self.open(path)
            } catch {
                guard spares.makeSpace(after: error) else { throw Self.refusal(error) }
            }
            do { return try Self.open(path) } catch { throw Self.refusal(error) }
        }
        self.job = job
        self.path = path
        self.limit = limit
        self.tooLarge = tooLarge
        self.disk = disk
        self.spares = spares
    }

    private static func open(_ path: String) throws -> FileHandle {
        let file = try SystemPackage.FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.create, .truncate, .closeOnExec],
            permissions: [.ownerReadWrite, .groupRead, .otherRead])
        return FileHandle(fileDescriptor: file.rawValue, closeOnDealloc: true)
    }

    private static func refusal(_ error: any Error) -> ServiceError {
        ServiceError(shortageIn: error, "the upload cannot be stored")
            ?? ServiceError(.internalError, "the upload cannot be stored in the data directory: \(error)")
    }

    mutating func append(_ piece: ByteBuffer) async throws {
        count += piece.readableBytes
        guard count <= limit else { throw tooLarge }
        pending.writeImmutableBuffer(piece)
        if pending.readableBytes >= Self.gathered { try await flush() }
    }

    /// Receives a whole body. If that fails, the file is removed.
    mutating func receive(_ body: some AsyncSequence<ByteBuffer, any Error>) async throws {
        do {
            for try await piece in body { try await append(piece) }
            try await finish()
        } catch {
            await remove()
            throw error
        }
    }

    /// Removes the file.
    func remove() async {
        let path = path
        _ = await disk.runQuietly { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Writes the bytes that are still in memory, and closes the file.
    mutating func finish() async throws {
        try await flush()
        let handle = handle
        try await disk.run { try Self.storing { try handle.close() } }
    }

    private mutating func flush() async throws {
        let bytes = pending
        pending = ByteBuffer()
        guard bytes.readableBytes > 0 else { return }
        let (handle, spares, start) = (handle, spares, Int64(written))
        writeback = try await disk.run { [writeback] in
            try Self.storing {
                // Both attempts begin at `start`, because the first one may have written a part before the disk was full.
                let file = SystemPackage.FileDescriptor(rawValue: handle.fileDescriptor)
                do {
                    try file.writeAll(toAbsoluteOffset: start, bytes.readableBytesView)
                } catch {
                    guard spares.makeSpace(after: error) else { throw error }
                    try file.writeAll(toAbsoluteOffset: start, bytes.readableBytesView)
                }
            }
            var writeback = writeback
            writeback.advance(to: Int(start) + bytes.readableBytes, of: handle.fileDescriptor)
            return writeback
        }
        written += bytes.readableBytes
    }

    /// Syncs a finished upload and its name to the disk. Waits for the disk.
    static func sync(_ path: String) throws {
        try storing {
            try DurableFile.sync(path)
            try DurableFile.syncFolder(of: path)
        }
    }

    private static func storing(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            throw ServiceError(shortageIn: error, "the upload cannot be stored") ?? error
        }
    }
}
