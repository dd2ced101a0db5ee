/// What is taken in.
struct IntakeLimits: Sendable {
    /// The shortest side, in pixels.
    var minimumSide = 1024
    var maximumPixels = 500_000_000
    var maximumBytes = Int(Int32.max)
    /// Unfinished jobs at once.
    var maximumQueue = 1000
    var tileSize = 512
}
