import TileCodecs
import TileCore

/// Limits of accepted images and jobs.
struct IntakeLimits: Sendable {
    /// The shortest side, in pixels.
    var minimumSide = 1024
    var maximumPixels = 500_000_000
    /// 16 GiB: twice the size of the largest image's pixels, which are 2^30 of 8 bytes each.
    var maximumBytes = 16 << 30
    /// The disk space that the files of one job may take while it runs, in bytes; `nil` is no limit.
    var maximumStorage: Int?
    /// How many unfinished jobs may exist at once.
    var maximumQueue = 1000
    var tileSize = 512
    /// Threads that decode or compress one image at the same time.
    var codecThreads = min(ImageWriter.cores, IntakeLimits.threads.upperBound)

    static let threads = 1...64
}
