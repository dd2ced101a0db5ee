import TileCore

/// The limits of a codec process for one request.
struct CodecLimits: Sendable, Hashable {
    /// Processor time in seconds.
    let cpuSeconds: Int
    /// Private memory in bytes. Pixels in canvases do not count, because these are files.
    let memory: Int
    /// The largest file that the process may write, in bytes.
    let file: Int
    /// How long the process may be idle (`CodecIdleTimer`), for example because a disk hangs.
    var idleLimit = Duration.seconds(120)

    /// Metadata of up to 64 MiB exists several times while it is edited. In addition, codecs hold rows, tiles and
    /// strips, and encoders hold bands of rows for their threads: 256 MiB at most.
    private static let basicMemory = 1 << 30
    /// For overviews: rows of tiles (128 MiB), and tiles for their threads (256 MiB).
    private static let overviewMemory = 384 << 20

    /// How many bytes of the source are in memory at most: all of a WebP file, or of a TIFF file that is one strip.
    /// Other formats need only a buffer. A WebP file has 4 GiB at most.
    private static func held(_ sourceBytes: Int, _ format: ImageFileFormat?) -> Int {
        format == .webp || format == .tiff ? min(sourceBytes, 4 << 30) : 0
    }

    /// The time to search a JPEG file to its end for segments behind the pixels. The search reads a gigabyte a second,
    /// or a tenth of that on a slow machine.
    private static func searchSeconds(_ sourceBytes: Int) -> Int { sourceBytes / 100_000_000 }

    /// The limits for reading a header.
    static func header(sourceBytes: Int) -> CodecLimits {
        CodecLimits(cpuSeconds: 10 + searchSeconds(sourceBytes), memory: basicMemory, file: 0)
    }

    /// The limits for decoding. The slowest decoders do some megapixels a second. The limits allow for a machine that
    /// is ten times as slow. A TIFF file can be one strip, which libtiff reads as a whole. A WebP file is in memory,
    /// and lossless WebP also as pixels of 4 bytes (measured: 4.4 bytes a pixel, and the file). Coefficients of
    /// progressive JPEG are in the scratch file: up to 4 components of 2 bytes, rounded up to whole blocks.
    static func decoding(
        _ size: PixelSize, sourceBytes: Int, _ format: ImageFileFormat?, hasOverviews: Bool = false
    ) -> CodecLimits {
        CodecLimits(
            cpuSeconds: 30 + size.area / 2_000_000 + sourceBytes / 1_000_000,
            memory: basicMemory + (hasOverviews ? overviewMemory : 0) + 2 * held(sourceBytes, format)
                + (format == .webp ? 6 * size.area : 0),
            file: (1 << 30) + 16 * size.area)
    }

    /// The limits for encoding. The slowest encoder is lossless WebP, at about a megapixel a second. It holds the
    /// image, predictions, and tables for every pixel: 41 bytes a pixel at most, as measured. The encoder also reads
    /// the source's header again.
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
