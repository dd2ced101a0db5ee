import TileCore

/// What there is to say of an image that was processed.
struct ProcessedImage: Sendable, Hashable {
    /// In pixels.
    let size: PixelSize
    /// Of all passes.
    let tiles: Int
    let sourceFormat: ImageFileFormat
    let sourceBytes: Int
    /// Of the result.
    let bytes: Int
    /// What was converted, left out or irregular, a sentence each.
    let notes: [String]
}
