internal import CImageCodecs

/// Metadata of an image file: profile, EXIF, XMP, IPTC, resolution, text, geographic positions.
public struct ImageMetadata: Sendable, Hashable {
    /// One block of metadata, with its bytes as the codecs give and take them.
    public struct Block: Sendable, Hashable {
        public enum Kind: Sendable, Hashable {
            /// An ICC profile.
            case icc
            /// A TIFF structure, from its byte order mark.
            case exif
            /// A packet in UTF-8.
            case xmp
            /// IPTC-IIM records.
            case iptc
            /// A PNG chunk. The number holds the four letters of its type.
            case pngChunk(UInt32)
            /// A TIFF field with its type; the values are in the machine's byte order.
            case tiffField(UInt32, type: UInt32)
        }

        public let kind: Kind
        public let bytes: [UInt8]

        public init(_ kind: Kind, _ bytes: [UInt8]) {
            self.kind = kind
            self.bytes = bytes
        }
    }

    /// Pixels per unit of length.
    public struct Density: Sendable, Hashable {
        public enum Unit: Sendable, Hashable { case none, inch, centimetre }

        public let x: Double
        public let y: Double
        /// Without a unit, only the ratio has a meaning.
        public let unit: Unit
    }

    public var blocks: [Block] = []
    public var density: Density?

    public init() {}
}

extension ImageReader {
    /// The metadata of the file.
    public var metadata: ImageMetadata {
        var metadata = ImageMetadata()
        metadata.density = unsafe ImageMetadata.Density(twc_reader_info(handle).pointee.density)
        for index in unsafe 0..<twc_reader_block_count(handle) {
            let block = unsafe twc_reader_block(handle, index)
            guard let kind = unsafe ImageMetadata.Block.Kind(block) else { continue }
            let bytes = unsafe [UInt8](UnsafeBufferPointer(start: block.bytes, count: block.count))
            metadata.blocks.append(ImageMetadata.Block(kind, bytes))
        }
        return metadata
    }
}

extension ImageMetadata {
    /// Gives the blocks to `body` as the codecs take them.
    func withBlocks<R>(_ body: (UnsafeBufferPointer<twc_block>) -> R) -> R {
        // All bytes are in one array, so that a single closure can lend them.
        let all = blocks.flatMap(\.bytes) + [0]
        return unsafe all.withUnsafeBufferPointer { memory in
            var offset = 0
            var list = unsafe [twc_block]()
            for block in blocks {
                guard let start = memory.baseAddress else { break }
                let (kind, tag, type) = block.kind.codec
                unsafe list.append(
                    twc_block(kind: kind, tag: tag, type: type, bytes: start + offset, count: block.bytes.count))
                offset += block.bytes.count
            }
            return unsafe list.withUnsafeBufferPointer(body)
        }
    }
}

extension ImageMetadata.Block.Kind {
    fileprivate init?(_ block: twc_block) {
        switch unsafe block.kind {
        case TWC_ICC: self = .icc
        case TWC_EXIF: self = .exif
        case TWC_XMP: self = .xmp
        case TWC_IPTC: self = .iptc
        case TWC_PNG_CHUNK: self = unsafe .pngChunk(block.tag)
        case TWC_TIFF_FIELD: self = unsafe .tiffField(block.tag, type: block.type)
        default: return nil
        }
    }

    fileprivate var codec: (twc_block_kind, UInt32, UInt32) {
        switch self {
        case .icc: (TWC_ICC, 0, 0)
        case .exif: (TWC_EXIF, 0, 0)
        case .xmp: (TWC_XMP, 0, 0)
        case .iptc: (TWC_IPTC, 0, 0)
        case .pngChunk(let tag): (TWC_PNG_CHUNK, tag, 0)
        case .tiffField(let tag, let type): (TWC_TIFF_FIELD, tag, type)
        }
    }
}

extension ImageMetadata.Density {
    init?(_ density: twc_density) {
        guard density.x > 0, density.y > 0 else { return nil }
        let unit: Unit =
            switch density.unit {
            case TWC_UNIT_INCH: .inch
            case TWC_UNIT_CENTIMETRE: .centimetre
            default: .none
            }
        self.init(x: density.x, y: density.y, unit: unit)
    }

    var codec: twc_density {
        let code: twc_unit =
            switch unit {
            case .none: TWC_UNIT_NONE
            case .inch: TWC_UNIT_INCH
            case .centimetre: TWC_UNIT_CENTIMETRE
            }
        return twc_density(x: x, y: y, unit: code)
    }
}
