import Synchronization
import TileCodecs
import TileCore

/// The images of one file while it is processed. Each is freed with its last reference.
final class TemporaryImages: RenderingImages {
    private let plan: PassPlan
    private let storage: ImageStorage
    private let folder: String
    private let disk: DiskPool
    private let decodingNotes = Mutex<[String]>([])

    /// - Parameter folder: the folder for images that do not fit into memory.
    init(plan: PassPlan, storage: ImageStorage, folder: String, disk: DiskPool) {
        self.plan = plan
        self.storage = storage
        self.folder = folder
        self.disk = disk
    }

    /// The notes of the source's decoding.
    var notes: [String] { decodingNotes.withLock { $0 } }

    func source(of pass: Int) async throws -> ImageUnderWay { try await image(before: pass) }

    func decoded(_ notes: [String]) async throws { decodingNotes.withLock { $0 = notes } }

    func target(of pass: Int) async throws -> (image: ImageUnderWay, missing: [Int]) {
        (try await image(before: pass + 1), Array(0..<plan.grid.count))
    }

    func completed(pass: Int) async throws {}

    private func image(before pass: Int) async throws -> ImageUnderWay {
        ImageUnderWay(try await disk.run { [self] in try ImagingError.failing { try pixels(before: pass) } })
    }

    private func pixels(before pass: Int) throws -> any PixelRows {
        let (size, format) = (plan.grid.image, plan.format(before: pass))
        guard case .ring(let rows) = storage.kinds[pass] else {
            return try Canvas.temporary(size: size, format: format, in: folder)
        }
        let file: OwnedDescriptor = try storage.areRingsInMemory ? .inMemory() : .unnamed(in: folder)
        return try RowRing(size: size, format: format, capacity: rows, over: file)
    }
}
