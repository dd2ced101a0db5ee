import TileCore

/// The images that a rendering reads and writes: files of a job that survive a restart, or memory.
protocol RenderingImages: Sendable {
    /// The pixels that the first incomplete pass reads. They are complete if an earlier run has completed them; else
    /// there is no row yet.
    func source(of pass: Int) async throws -> ImageUnderWay

    /// Called once the source is decoded as a whole.
    /// - Parameter notes: what was converted, left out or irregular.
    func decoded(_ notes: [String]) async throws

    /// The image that a pass writes, and its missing tiles.
    func target(of pass: Int) async throws -> (image: ImageUnderWay, missing: [Int])

    /// Called once all tiles of the pass are in its target. The source of the pass is not read any more.
    func completed(pass: Int) async throws
}
