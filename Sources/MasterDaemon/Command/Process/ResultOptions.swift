import ArgumentParser

/// Options for reading images and writing results; see `JobOptions`.
struct ResultOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            keep, private (no positions, serial numbers, maker notes, thumbnails) or strip (color profiles and PNG's \
            chunks about color only). (TILEWORK_METADATA; default keep)
            """, valueName: "policy"))
    var metadata: String?

    @Option(help: "Which image of a TIFF file, from 0. (TILEWORK_PAGE; default: the first)")
    var page: String?

    @Option(
        help: ArgumentHelp(
            "The color behind transparent pixels if the format has no alpha, as in ffffff. (TILEWORK_BACKGROUND)",
            valueName: "color"))
    var background: String?

    @Flag(help: "JPEG: progressive. (TILEWORK_PROGRESSIVE=true)")
    var progressive = false

    @Option(help: "JPEG: 420 or 444. (TILEWORK_SUBSAMPLING; default 420)")
    var subsampling: String?

    @Option(help: "PNG, and TIFF with Deflate: 1 (fast) to 9 (small). (TILEWORK_LEVEL; default 1)")
    var level: String?

    @Option(help: "TIFF: lzw, none, deflate, zstd or jpeg. (TILEWORK_COMPRESSION; default lzw)")
    var compression: String?

    @Flag(help: "TIFF: tiles of 512 pixels instead of strips. (TILEWORK_TILED=true)")
    var tiled = false

    @Flag(help: "TIFF: tiles, and overviews after the image, each half as large. (TILEWORK_PYRAMID=true)")
    var pyramid = false

    /// The options by the names of a form's fields.
    var fields: [(name: String, value: String?)] {
        [
            ("metadata", metadata), ("page", page), ("background", background),
            ("progressive", progressive ? "true" : nil), ("subsampling", subsampling), ("level", level),
            ("compression", compression), ("tiled", tiled ? "true" : nil),
            ("pyramid", pyramid ? "true" : nil),
        ]
    }
}
