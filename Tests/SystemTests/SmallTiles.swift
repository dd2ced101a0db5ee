import Testing

extension SystemTests {
    /// Many tiles out of small images.
    @Suite(.serialized, .sharedMaster("--min-size", "32", "--tile-size", "64")) enum SmallTiles {
        /// Keeps a worker busy for some hundredths of a second with each tile of 64 px.
        static let slow = Array(repeating: "median:ksize=31", count: 5).joined(separator: ",")
    }
}
