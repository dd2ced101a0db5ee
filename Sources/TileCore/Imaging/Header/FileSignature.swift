/// The first bytes by which the formats are told apart, whatever a file's name says.
enum FileSignature {
    static let longest = 12

    private static let ours: [(bytes: [UInt8], format: ImageFileFormat)] = [
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], .png),
        ([0xFF, 0xD8, 0xFF], .jpeg),
        (Array("BM".utf8), .bmp),
        ([0x49, 0x49, 0x2A, 0x00], .tiff),
        ([0x4D, 0x4D, 0x00, 0x2A], .tiff),
        ([0x49, 0x49, 0x2B, 0x00], .tiff),
        ([0x4D, 0x4D, 0x00, 0x2B], .tiff),
    ]

    /// What people send instead, so that the answer can say what it is.
    private static let others: [(offset: Int, bytes: [UInt8], name: String)] = [
        (0, Array("GIF8".utf8), "a GIF file"),
        (0, Array("%PDF".utf8), "a PDF file"),
        (0, Array("8BPS".utf8), "a Photoshop file"),
        (0, [0x00, 0x00, 0x01, 0x00], "an icon file"),
        (0, [0xFF, 0x0A], "a JPEG XL file"),
        (4, Array("JXL ".utf8), "a JPEG XL file"),
        (4, Array("jP  ".utf8), "a JPEG 2000 file"),
        (4, Array("ftypavi".utf8), "an AVIF file"),
        (4, Array("ftyphei".utf8), "a HEIC file"),
        (4, Array("ftyphev".utf8), "a HEIC file"),
        (4, Array("ftypmif".utf8), "a HEIF file"),
        (0, [0x50, 0x4B, 0x03, 0x04], "a ZIP file"),
        (0, Array("<svg".utf8), "an SVG file"),
    ]

    /// - Parameter head: the file's first `longest` bytes, or all of a shorter file.
    static func format(ofHead head: [UInt8]) throws(ImageHeaderError) -> ImageFileFormat {
        guard !head.isEmpty else { throw .notAnImage("the file is empty; \(formatsWeRead)") }
        if let match = ours.first(where: { head.starts(with: $0.bytes) }) { return match.format }
        let riff = Array("RIFF".utf8)
        let webp = Array("WEBP".utf8)
        if head.starts(with: riff), head.dropFirst(8).elementsEqual(webp) { return .webp }

        let isRIFFStart = head.starts(with: riff) && webp.starts(with: head.dropFirst(8))
        let isCut = head.count < longest && (riff.starts(with: head) || isRIFFStart)
        if isCut || ours.contains(where: { $0.bytes.starts(with: head) }) {
            throw .truncated("the file is cut off: it ends after \(head.count) bytes")
        }
        let other = others.first { head.dropFirst($0.offset).starts(with: $0.bytes) }
        throw .notAnImage("the file is \(other?.name ?? "not an image that we know"); \(formatsWeRead)")
    }

    private static let formatsWeRead = "the formats read are PNG, JPEG, BMP, TIFF and WebP"
}
