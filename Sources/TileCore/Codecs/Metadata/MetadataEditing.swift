internal import CImageCodecs
internal import Glibc
internal import TileCore

/// Edits blocks of metadata; see `CImageCodecsEditing.h`.
enum MetadataEditing {
    /// What to change in a block, so that it describes the result.
    struct Request {
        /// The size of the result.
        let size: PixelSize
        /// Whether to remove private data.
        let isPrivate: Bool
        /// Whether the image was turned by 90° after the block was written.
        var isTurned = false
        /// Whether the reader has converted other colors to sRGB.
        var isConvertedToSRGB = false
        /// Whether the result lacks the source's color profile.
        var losesProfile = false
    }

    /// The kind of colors that an ICC profile is for.
    enum ProfileColor: Sendable { case gray, rgb, cmyk, other }

    struct Edited {
        /// `nil` if nothing is left.
        var bytes: [UInt8]?
        /// What could not be kept.
        var note: String?
    }

    /// - Returns: the block for an upright image of this size.
    /// - Throws: if the block cannot be read.
    static func edited(_ block: ImageMetadata.Block, _ request: Request) throws(ImageFileError) -> Edited {
        switch block.kind {
        case .exif: try unsafe edit(block.bytes, request) { unsafe twc_exif_edit($0, $1, $2, $3) }
        case .xmp: try unsafe edit(block.bytes, request) { unsafe twc_xmp_edit($0, $1, $2, $3) }
        case .iptc: try unsafe edit(block.bytes, request) { unsafe twc_iptc_edit($0, $1, $2, $3) }
        case .icc, .pngChunk, .tiffField: Edited(bytes: block.bytes)
        }
    }

    /// The resolution in an EXIF block.
    static func density(ofEXIF bytes: [UInt8]) -> ImageMetadata.Density? {
        unsafe bytes.withUnsafeBufferPointer { memory in
            unsafe memory.baseAddress.flatMap { unsafe ImageMetadata.Density(twc_exif_density($0, memory.count)) }
        }
    }

    /// Whether an EXIF block says that colors are Adobe RGB.
    static func isAdobeRGB(exif bytes: [UInt8]) -> Bool {
        unsafe bytes.withUnsafeBufferPointer { memory in
            unsafe memory.baseAddress.map { unsafe twc_exif_is_adobe_rgb($0, memory.count) } ?? false
        }
    }

    /// An EXIF block with this resolution, and everything else as before.
    /// - Parameter bytes: the block; empty if there is no block yet.
    static func exif(_ bytes: [UInt8], saying density: ImageMetadata.Density) throws(ImageFileError) -> [UInt8] {
        var result = unsafe twc_bytes()
        let status = unsafe bytes.withUnsafeBufferPointer { memory in
            unsafe twc_exif_set_density(memory.baseAddress, memory.count, density.codec, &result)
        }
        defer { unsafe free(result.bytes) }
        try status.check()
        return unsafe [UInt8](UnsafeBufferPointer(start: result.bytes, count: result.count))
    }

    /// `nil` if the bytes are no profile.
    static func color(ofProfile bytes: [UInt8]) -> ProfileColor? {
        let color = unsafe bytes.withUnsafeBufferPointer { memory in
            unsafe memory.baseAddress.map { unsafe twc_profile_color($0, memory.count) } ?? 0
        }
        return switch UInt32(color) {
        case 0: nil
        case TWC_GRAY.rawValue: .gray
        case TWC_RGB.rawValue: .rgb
        case TWC_CMYK.rawValue: .cmyk
        default: .other
        }
    }

    /// A gray profile with the tone curve of an RGB profile.
    static func grayProfile(from bytes: [UInt8]) throws(ImageFileError) -> [UInt8]? {
        try unsafe profile(from: bytes) { unsafe twc_profile_gray($0, $1, $2) }
    }

    /// An RGB profile with the tone curve of a gray profile.
    static func colorProfile(from bytes: [UInt8]) throws(ImageFileError) -> [UInt8]? {
        try unsafe profile(from: bytes) { unsafe twc_profile_rgb($0, $1, $2) }
    }

    private static func profile(
        from bytes: [UInt8],
        _ function: (UnsafePointer<UInt8>, Int, UnsafeMutablePointer<twc_bytes>) -> twc_status
    ) throws(ImageFileError) -> [UInt8]? {
        let request = Request(size: PixelSize(width: 1, height: 1), isPrivate: false)
        return try unsafe edit(bytes, request) { bytes, count, _, result in
            unsafe function(bytes, count, result)
        }.bytes
    }

    private typealias Function = (
        UnsafePointer<UInt8>, Int, UnsafePointer<twc_edit>, UnsafeMutablePointer<twc_bytes>
    ) -> twc_status

    private static func edit(
        _ bytes: [UInt8], _ request: Request, _ function: Function
    ) throws(ImageFileError) -> Edited {
        guard !bytes.isEmpty else { return Edited() }
        var edit = twc_edit(
            width: UInt32(request.size.width), height: UInt32(request.size.height), is_private: request.isPrivate,
            is_turned: request.isTurned, is_converted_to_srgb: request.isConvertedToSRGB,
            loses_profile: request.losesProfile)
        var result = unsafe twc_bytes()
        let status = unsafe bytes.withUnsafeBufferPointer { memory in
            unsafe memory.baseAddress.map { unsafe function($0, memory.count, &edit, &result) } ?? twc_status()
        }
        defer { unsafe free(result.bytes) }
        try status.check()
        let note = status.text.isEmpty ? nil : status.text
        guard let start = unsafe result.bytes else { return Edited(note: note) }
        return Edited(bytes: unsafe [UInt8](UnsafeBufferPointer(start: start, count: result.count)), note: note)
    }
}
