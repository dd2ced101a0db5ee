import Synchronization
import TileCore

/// The images of one file that is processed. They are gone with the last who reads them.
final class TemporaryImages: RenderingImages {
    private let size: PixelSize
    private let plan: PassPlan
    private let folder: String
    private let disk: DiskPool
    private let decodingNotes = Mutex<[String]>([])

    /// - Parameter folder: for images that are too large for memory.
    init(size: PixelSize, plan: PassPlan, folder: String, disk: DiskPool) {
        self.size = size
        self.plan = plan
        self.folder = folder
        self.disk = disk
    }

    /// What was said of the source once it was decoded.
    var notes: [String] { decodingNotes.withLock { $0 } }

    func source(of pass: Int) async throws -> ImageUnderWay { try await image(before: pass) }

    func decoded(_ notes: [String]) async throws { decodingNotes.withLock { $0 = notes } }

    func target(of pass: Int) async throws -> (image: ImageUnderWay, missing: [Int]) {
        (try await image(before: pass + 1), Array(0..<plan.grid.count))
    }

    func completed(pass: Int) async throws {}

    private func image(before pass: Int) async throws -> ImageUnderWay {
        let format = plan.format(before: pass)
        return ImageUnderWay(
            try await disk.run { [size, folder] in
                try ImagingError.failing { try Canvas.temporary(size: size, format: format, in: folder) }
            })
    }
}
