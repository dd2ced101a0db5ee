/// Reads WebP: the RIFF container's chunks and the first bytes of the bitstream (RFC 9649).
struct WebPHeader {
    /// What the VP8X chunk of the extended format says; `nil` in the simple formats.
    private var canvas: Frame?
    private var hasAlphaChunk = false

    private struct Frame {
        var width: Int
        var height: Int
        var hasAlpha: Bool
    }

    static func read(_ file: inout FileBytes) throws(ImageHeaderError) -> ImageHeader {
        let end = 8 + (try file.uint32(at: 4, .little))
        try file.require(end, at: 0, for: "the image, \(end) bytes")
        var header = WebPHeader()
        var offset = 12
        while offset < end {
            let type = String(decoding: try file.bytes(at: offset, count: 4, of: "a chunk"), as: UTF8.self)
            let length = try file.uint32(at: offset + 4, .little)
            let data = offset + 8
            // An odd length is followed by a padding byte, which some writers leave out at the very end.
            guard length <= end - data else {
                throw .damaged("the WebP chunk at byte \(offset) is longer than the file says it is itself")
            }
            if let image = try header.take(type, at: data, length: length, in: &file) { return image }
            offset = data + length + length % 2
        }
        throw .damaged("the WebP file has no image in it")
    }

    /// The header when this chunk completes it. Only padding and metadata follow, and the RIFF size covers them.
    private mutating func take(
        _ type: String, at offset: Int, length: Int, in file: inout FileBytes
    ) throws(ImageHeaderError) -> ImageHeader? {
        switch type {
        case "VP8X" where offset == 20 && length == 10: canvas = try Self.canvas(at: offset, in: &file)
        case "VP8 " where length >= 10: return try finish(Self.lossy(at: offset, length: length, in: &file))
        case "VP8L" where length >= 5: return try finish(Self.lossless(at: offset, in: &file))
        case "VP8X", "VP8 ", "VP8L": throw .damaged("the WebP chunk \(type) is damaged or out of place")
        case "ALPH": hasAlphaChunk = true
        default: break
        }
        guard canvas != nil else { throw .damaged("the WebP file does not begin with its image") }
        return nil
    }

    private func finish(_ frame: Frame) throws(ImageHeaderError) -> ImageHeader {
        let image = canvas ?? frame
        guard frame.width == image.width, frame.height == image.height else {
            throw .damaged(
                "the WebP canvas is \(image.width)×\(image.height) pixels, its image \(frame.width)×\(frame.height)")
        }
        guard image.hasAlpha || !(frame.hasAlpha || hasAlphaChunk) else {
            throw .damaged("the WebP image has an alpha channel that the file's header denies; decoding would drop it")
        }
        return try ImageHeader(
            .webp, storedWidth: image.width, height: image.height,
            pixelFormat: image.hasAlpha ? .bgra(.eight) : .bgr(.eight), maximumSide: ImageFileFormat.webp.maximumSide)
    }

    /// RFC 9649, section 2.7: flags, then width and height less one in 24 bits each.
    private static func canvas(at offset: Int, in file: inout FileBytes) throws(ImageHeaderError) -> Frame {
        let flags = try file.byte(at: offset)
        guard flags & 0x02 == 0 else {
            throw .unsupported("the WebP file is an animation; only still images are processed")
        }
        return Frame(
            width: 1 + Int(try file.integer(at: offset + 4, bytes: 3, .little)),
            height: 1 + Int(try file.integer(at: offset + 7, bytes: 3, .little)), hasAlpha: flags & 0x10 != 0)
    }

    /// The frame header of a VP8 key frame (RFC 6386, section 9.1).
    private static func lossy(
        at offset: Int, length: Int, in file: inout FileBytes
    ) throws(ImageHeaderError) -> Frame {
        let tag = Int(try file.integer(at: offset, bytes: 3, .little))
        let isShownKeyFrame = tag & 1 == 0 && tag >> 1 & 7 <= 3 && tag >> 4 & 1 == 1
        guard isShownKeyFrame, tag >> 5 < length,
            try file.bytes(at: offset + 3, count: 3, of: "the VP8 header") == [0x9D, 0x01, 0x2A]
        else { throw .damaged("the WebP image does not begin with a VP8 key frame") }
        return Frame(
            width: try file.uint16(at: offset + 6, .little) & 0x3FFF,
            height: try file.uint16(at: offset + 8, .little) & 0x3FFF, hasAlpha: false)
    }

    /// RFC 9649, section 3.4: a signature, 14 bits each of width and height less one, alpha, three bits of version.
    private static func lossless(at offset: Int, in file: inout FileBytes) throws(ImageHeaderError) -> Frame {
        let bits = try file.uint32(at: offset + 1, .little)
        guard try file.byte(at: offset) == 0x2F, bits >> 29 == 0 else {
            throw .damaged("the WebP image does not begin with a lossless VP8 header")
        }
        return Frame(width: (bits & 0x3FFF) + 1, height: (bits >> 14 & 0x3FFF) + 1, hasAlpha: bits >> 28 & 1 == 1)
    }
}
