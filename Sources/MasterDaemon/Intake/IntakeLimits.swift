import TileCodecs
import TileCore

/// What is taken in, and how it is worked on.
struct IntakeLimits: Sendable {
    /// The shortest side, in pixels.
    var minimumSide = 1024
    var maximumPixels = 500_000_000
    /// 16 GiB: twice the pixels of the largest image, which has 2^30 of 8 bytes.
    var maximumBytes = 16 << 30
    /// What the files of one job may take on the disk while it is done, in bytes; `nil` is no limit.
    var maximumStorage: Int?
    /// Unfinished jobs at once.
    var maximumQueue = 1000
    var tileSize = 512
    /// That decode or compress one image side by side.
    var codecThreads = min(ImageWriter.cores, IntakeLimits.threads.upperBound)

    static let threads = 1...64
}
