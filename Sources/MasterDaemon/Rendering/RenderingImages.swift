import TileCore

/// The images that a rendering reads and writes: files of a job that survive a restart, or memory.
protocol RenderingImages: Sendable {
    /// The pixels that the first pass to do reads: complete if an earlier run has left them, else without a row.
    func source(of pass: Int) async throws -> ImageUnderWay

    /// The source is decoded as a whole.
    /// - Parameter notes: what was converted, left out or irregular.
    func decoded(_ notes: [String]) async throws

    /// The image that a pass writes, and its tiles that are not there yet.
    func target(of pass: Int) async throws -> (image: ImageUnderWay, missing: [Int])

    /// All tiles of the pass are in its target, so that nobody reads its source any more.
    func completed(pass: Int) async throws
}
