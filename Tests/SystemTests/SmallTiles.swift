import Testing

extension SystemTests {
    /// Small images with many tiles.
    @Suite(.serialized, .sharedMaster("--min-size", "32", "--tile-size", "64")) enum SmallTiles {
        /// Transforms that take a worker some hundredths of a second for each tile of 64 px.
        static let slow = Array(repeating: "median:ksize=31", count: 5).joined(separator: ",")
    }
}
