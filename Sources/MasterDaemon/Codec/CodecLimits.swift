import TileCore

/// What a codec process may use for one request.
struct CodecLimits: Sendable, Hashable {
    /// Processor time.
    let cpuSeconds: Int
    /// Private memory, in bytes. Pixels in canvases do not count, since these are files.
    let memory: Int
    /// Bytes of a file that it writes.
    let file: Int
    /// How long it may neither use processor time nor complete a row, as on a disk that hangs.
    var patience = Duration.seconds(120)

    /// Metadata of up to 64 MiB exists several times while it is edited. Beside it, codecs hold rows, tiles and strips,
    /// and encoders bands of rows for their threads: 256 MiB at most.
    private static let basicMemory = 1 << 30
    /// Overviews are made beside: rows of tiles, 128 MiB, and tiles for their threads, 256 MiB.
    private static let overviewMemory = 384 << 20

    /// What may be in memory of a source's bytes: all of a WebP file, and of a TIFF file that is one strip. Of others it
    /// is a buffer. A WebP file has 4 GiB at most.
    private static func held(_ sourceBytes: Int, _ format: ImageFileFormat?) -> Int {
        format == .webp || format == .tiff ? min(sourceBytes, 4 << 30) : 0
    }

    /// A JPEG file is searched up to its end for what stands behind its pixels, at a gigabyte a second, and at a tenth
    /// of that on a slow machine.
    private static func searchSeconds(_ sourceBytes: Int) -> Int { sourceBytes / 100_000_000 }

    /// Reading what a file says of itself.
    static func header(sourceBytes: Int) -> CodecLimits {
        CodecLimits(cpuSeconds: 10 + searchSeconds(sourceBytes), memory: basicMemory, file: 0)
    }

    /// The slowest decoders do some megapixels a second; so does a machine that is ten times as slow, with others.
    /// A TIFF file can be one strip, which libtiff reads as a whole. WebP is in memory as the file's bytes and, without
    /// loss, as pixels of 4 bytes (measured: 4.4 a pixel and the file). A progressive JPEG's coefficients are in the
    /// scratch file: up to 4 components of 2 bytes, rounded up to whole blocks.
    static func decoding(
        _ size: PixelSize, sourceBytes: Int, _ format: ImageFileFormat?, hasOverviews: Bool = false
    ) -> CodecLimits {
        CodecLimits(
            cpuSeconds: 30 + size.area / 2_000_000 + sourceBytes / 1_000_000,
            memory: basicMemory + (hasOverviews ? overviewMemory : 0) + 2 * held(sourceBytes, format)
                + (format == .webp ? 6 * size.area : 0),
            file: (1 << 30) + 16 * size.area)
    }

    /// The slowest encoder is WebP's, at about a megapixel a second without loss. It holds the image, what it predicts,
    /// and tables of every pixel: measured, 41 bytes a pixel at most. Of the source it reads the header again.
    static func encoding(
        _ size: PixelSize, sourceBytes: Int, _ format: ImageFileFormat, hasOverviews: Bool = false
    ) -> CodecLimits {
        CodecLimits(
            cpuSeconds: 60 + size.area / 200_000 + searchSeconds(sourceBytes),
            memory: basicMemory + (hasOverviews ? overviewMemory : 0)
                + (format == .webp ? 48 * size.area : 0),
            file: (1 << 30) + 16 * size.area)
    }
}
