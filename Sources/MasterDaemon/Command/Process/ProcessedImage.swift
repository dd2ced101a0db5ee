import TileCore

/// Facts about a processed image.
struct ProcessedImage: Sendable, Hashable {
    /// In pixels.
    let size: PixelSize
    /// The number of tiles of all passes.
    let tiles: Int
    let sourceFormat: ImageFileFormat
    let sourceBytes: Int
    /// The size of the result in bytes.
    let bytes: Int
    /// What was converted, left out or irregular, one sentence each.
    let notes: [String]
}
