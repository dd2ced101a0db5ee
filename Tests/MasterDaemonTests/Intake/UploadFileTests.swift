import Foundation
import NIOCore
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct UploadFileTests {
    private static let tooLarge = ServiceError(.tooManyBytes, "too large")
    private static let disk = DiskPool(threads: 2)
    private let folder: TestFolder
    private let spares: SpareCanvases

    init() throws {
        let folder = try TestFolder()
        self.folder = folder
        spares = SpareCanvases(folder: folder.path("spare")) { 1 << 20 }
    }

    private func upload(limit: Int, to name: String = "upload") async throws -> UploadFile {
        try await UploadFile(
            job: .make(), path: name.hasPrefix("/") ? name : folder.path(name), limit: limit, tooLarge: Self.tooLarge,
            disk: Self.disk, spares: spares)
    }

    /// Sends `bytes` in pieces. Returns the error, if there was one.
    private func send(_ bytes: [UInt8], in pieces: Int, limit: Int) async throws -> ServiceError? {
        var file = try await upload(limit: limit)
        do {
            for start in stride(from: 0, to: bytes.count, by: pieces) {
                try await file.append(ByteBuffer(bytes: bytes[start..<min(start + pieces, bytes.count)]))
            }
            try await file.finish()
            return nil
        } catch let error as ServiceError {
            return error
        }
    }

    @Test(arguments: [1, 1000, 65_536]) func piecesAreWrittenInOrder(pieces: Int) async throws {
        let bytes = (0..<50_000).map { UInt8(truncatingIfNeeded: $0 ^ ($0 >> 8)) }
        #expect(try await send(bytes, in: pieces, limit: 50_000) == nil)
        #expect(try folder.bytes(of: "upload") == bytes)
    }

    @Test func largeUploadIsWrittenOnTheWay() async throws {
        let bytes = [UInt8](repeating: 7, count: 3 << 20)
        #expect(try await send(bytes, in: 700_000, limit: .max) == nil)
        #expect(try folder.bytes(of: "upload") == bytes)
    }

    @Test(arguments: [1, 10, 100]) func oneByteTooManyIsRefused(pieces: Int) async throws {
        #expect(try await send([UInt8](repeating: 1, count: 101), in: pieces, limit: 100) == Self.tooLarge)
    }

    @Test func emptyUploadIsAFile() async throws {
        #expect(try await send([], in: 1, limit: 0) == nil)
        #expect(try folder.bytes(of: "upload").isEmpty)
    }

    /// Spare canvases are removed first. Only then is the upload refused.
    @Test func fullDiskRemovesTheSparesFirst() async throws {
        try folder.write([1, 2, 3], to: "canvas.raw")
        spares.keep(folder.path("canvas.raw"))
        #expect(spares.bytes == 3)
        var file = try await upload(limit: 100, to: "/dev/full")
        try await file.append(ByteBuffer(bytes: [1]))
        do {
            try await file.finish()
            Issue.record("the write succeeded")
        } catch let error as ServiceError {
            #expect(error.code == .diskFull)
        }
        #expect(spares.bytes == 0)
    }

    @Test func missingFolderIsNamed() async {
        await #expect {
            _ = try await upload(limit: 1, to: "none/upload")
        } throws: { error in
            // The error is not 507, because the disk is not full.
            let error = error as? ServiceError
            return error?.code == .internalError && error?.detail.contains("No such file") == true
        }
    }
}
