public import TileCore

/// Decides which metadata of a source a result gets, and notes what it does not get. Does no I/O.
public struct MetadataTransfer: Sendable {
    /// The metadata of the result.
    public private(set) var result = ImageMetadata()
    /// What was changed or left out, one sentence each.
    public private(set) var notes: [String] = []

    private let source: ImageHeader
    private let policy: MetadataPolicy
    private let target: ImageFileFormat
    private let size: PixelSize
    private let isGray: Bool

    /// - Parameters:
    ///   - metadata: the metadata of the source.
    ///   - source: the header of the source.
    ///   - target: the format of the result.
    ///   - size: the size of the result in pixels.
    ///   - isGray: whether the result stores gray, with alpha or without, and not colors.
    public init(
        _ metadata: ImageMetadata, of source: ImageHeader, policy: MetadataPolicy, into target: ImageFileFormat,
        size: PixelSize, isGray: Bool
    ) {
        self.source = source
        self.policy = policy
        self.target = target
        self.size = size
        self.isGray = isGray
        let profiles = metadata.blocks.filter { $0.kind == .icc }.map { MetadataEditing.color(ofProfile: $0.bytes) }
        hasProfile = !source.isConvertedToSRGB && profiles.contains { $0 == .rgb || $0 == .gray }
        losesProfile = !profiles.isEmpty && (source.isConvertedToSRGB || !profiles.contains(isGray ? .gray : .rgb))
        for block in metadata.blocks { transfer(block) }
        noteChunks()
        if let density = metadata.density, policy != .strip { transfer(density) }
    }

    private var lostText: [String] = []
    private var lostColorChunks: [String] = []
    private var changesColors = false
    /// Whether the source has a profile that is true of its pixels.
    private let hasProfile: Bool
    /// Whether the source has a profile that the result does not have unchanged.
    private let losesProfile: Bool
    private var lostFields: [String] = []

    private mutating func transfer(_ block: ImageMetadata.Block) {
        switch block.kind {
        case .icc: transferProfile(block.bytes)
        case .exif, .xmp, .iptc:
            if policy != .strip { transferDescription(block) }
            if block.kind == .exif { noteAdobeRGB(block.bytes) }
        case .pngChunk(let tag): transferChunk(block, PNGChunkName(tag))
        case .tiffField(let tag, _):
            guard policy == .keep || policy == .private && tag == Self.noData else { return }
            // The fields tie pixels to positions on the ground, which are wrong once the image is turned.
            let isTrue = source.orientation == 1 || tag == Self.noData
            if target == .tiff, isTrue { return result.blocks.append(block) }
            let name = tag < Self.firstOfGDAL ? "GeoTIFF" : "GDAL"
            if !lostFields.contains(name) { lostFields.append(name) }
        }
    }

    /// The field with the value of pixels without a measurement. Of these fields, only it says nothing about positions.
    private static let noData: UInt32 = 42_113
    private static let firstOfGDAL: UInt32 = 42_112

    // MARK: Profiles

    private mutating func transferProfile(_ bytes: [UInt8]) {
        // The pixels were converted to sRGB, and the reader has noted that.
        if source.isConvertedToSRGB { return }
        switch MetadataEditing.color(ofProfile: bytes) {
        case .rgb where !isGray, .gray where isGray: result.blocks.append(ImageMetadata.Block(.icc, bytes))
        case .rgb: transferToneCurve(of: bytes, as: "gray", replacing: "color", MetadataEditing.grayProfile)
        case .gray: transferToneCurve(of: bytes, as: "color", replacing: "gray", MetadataEditing.colorProfile)
        case .cmyk, .other, nil: notes.append("the color profile was left out: it is not one for these pixels")
        }
    }

    /// The profile is for colors and the result is gray, or the other way round. So a profile with the same tone curve
    /// is made.
    private mutating func transferToneCurve(
        of bytes: [UInt8], as name: String, replacing former: String,
        _ make: ([UInt8]) throws(ImageFileError) -> [UInt8]?
    ) {
        if let made = try? make(bytes) {
            result.blocks.append(ImageMetadata.Block(.icc, made))
            notes.append("the \(former) profile became a \(name) profile with the same tone curve")
        } else {
            notes.append("the \(former) profile was left out: no \(name) profile can be made of it")
        }
    }

    // MARK: EXIF, XMP, IPTC

    private mutating func transferDescription(_ block: ImageMetadata.Block) {
        let name = block.kind.name
        guard target.canHold(block.kind) else {
            notes.append("the \(name) data was left out: \(target.name) has no place for it")
            return
        }
        do {
            let request = MetadataEditing.Request(
                size: size, isPrivate: policy == .private, isTurned: source.orientation >= 5,
                isConvertedToSRGB: source.isConvertedToSRGB, losesProfile: losesProfile)
            let edited = try MetadataEditing.edited(block, request)
            if let bytes = edited.bytes { result.blocks.append(ImageMetadata.Block(block.kind, bytes)) }
            if let note = edited.note { notes.append("the \(name) data was changed: \(note)") }
        } catch {
            notes.append("the \(name) data was left out: \(error.reason)")
        }
    }

    /// Cameras declare Adobe RGB only in EXIF. Without it, the pixels look different.
    private mutating func noteAdobeRGB(_ exif: [UInt8]) {
        let isKept = result.blocks.contains { $0.kind == .exif && MetadataEditing.isAdobeRGB(exif: $0.bytes) }
        guard !isKept, !hasProfile, !source.isConvertedToSRGB, MetadataEditing.isAdobeRGB(exif: exif) else { return }
        notes.append("the EXIF data said that colors are Adobe RGB; without it they may look different")
    }

    // MARK: PNG

    private mutating func transferChunk(_ block: ImageMetadata.Block, _ name: PNGChunkName) {
        guard name.isAboutColor || policy != .strip else { return }
        if name == .time {
            notes.append("the time of the last change (tIME) was left out: the image has changed since")
            return
        }
        if policy == .private {
            switch name.isPrivate(block.bytes) {
            case true: return
            case nil:
                let note = "a text was left out: it is too long to be checked for private data"
                if !notes.contains(note) { notes.append(note) }
                return
            default: break
            }
        }
        if target == .png {
            result.blocks.append(block)
        } else if !name.isAboutColor {
            lostText.append(name.keyword(of: block.bytes))
        } else if !name.isSRGB(block.bytes) {
            lostColorChunks.append(name.description)
            // A profile still describes the colors. Of the lost chunks, only cICP would take precedence over it.
            changesColors = changesColors || name == .codePoints || !hasProfile
        }
    }

    private mutating func noteChunks() {
        if !lostText.isEmpty {
            let rest = lostText.count > 8 ? ", … (\(lostText.count))" : ""
            let keywords = lostText.prefix(8).joined(separator: ", ") + rest
            notes.append("text was left out (\(keywords)): \(target.name) has no place for it")
        }
        if !lostColorChunks.isEmpty {
            let names = lostColorChunks.joined(separator: ", ")
            let effect = changesColors ? ", and colors may look different" : "; the profile says what colors are"
            let (verb, object) = lostColorChunks.count == 1 ? ("was", "it") : ("were", "them")
            notes.append("\(names) \(verb) left out: \(target.name) has no place for \(object)\(effect)")
        }
        if !lostFields.isEmpty {
            let reason = target == .tiff ? "the image was turned" : "\(target.name) has no place for it"
            notes.append("the \(lostFields.joined(separator: " and ")) data was left out: \(reason)")
        }
    }

    // MARK: Resolution

    private mutating func transfer(_ density: ImageMetadata.Density) {
        let density = source.orientation >= 5 ? density.transposed : density
        if target.canHold(density) {
            result.density = density
        } else if density.hasMeaning, !putIntoEXIF(density) {
            notes.append("the \(density) was left out: \(target.name) has no place for it")
        }
    }

    /// Writes the resolution into EXIF if the format itself cannot hold it.
    /// - Returns: whether EXIF has it.
    private mutating func putIntoEXIF(_ density: ImageMetadata.Density) -> Bool {
        guard target.canHold(.exif) else { return false }
        let index = result.blocks.firstIndex { $0.kind == .exif }
        let exif = index.map { result.blocks[$0].bytes } ?? []
        let said = MetadataEditing.density(ofEXIF: exif)
        // A resolution that reads the same stays as it is.
        if let said, said.description == density.description { return true }
        guard let bytes = try? MetadataEditing.exif(exif, saying: density) else { return false }
        let block = ImageMetadata.Block(.exif, bytes)
        if let index { result.blocks[index] = block } else { result.blocks.append(block) }
        if let said, said.hasMeaning {
            notes.append("the \(density) took the place of the \(said) in the EXIF data")
        }
        return true
    }
}

extension ImageMetadata.Block.Kind {
    fileprivate var name: String {
        switch self {
        case .icc: "ICC"
        case .exif: "EXIF"
        case .xmp: "XMP"
        case .iptc: "IPTC"
        case .pngChunk: "PNG"
        case .tiffField: "TIFF"
        }
    }
}

extension ImageFileFormat {
    /// The name for messages.
    public var name: String { self == .webp ? "WebP" : rawValue.uppercased() }

    /// Whether the format itself can hold such a resolution, or a ratio without a unit.
    fileprivate func canHold(_ density: ImageMetadata.Density) -> Bool {
        switch self {
        case .webp: false
        case .bmp: density.unit != .none
        case .jpeg, .png, .tiff: true
        }
    }

    /// Whether the format can hold such a block.
    public func canHold(_ kind: ImageMetadata.Block.Kind) -> Bool {
        switch kind {
        case .icc: true
        case .exif, .xmp: self != .bmp
        case .iptc: self == .jpeg || self == .tiff || self == .png
        case .pngChunk: self == .png
        case .tiffField: self == .tiff
        }
    }
}

extension ImageMetadata.Density {
    fileprivate var transposed: Self { Self(x: y, y: x, unit: unit) }

    /// Whether the numbers say anything. Programs that know no resolution write equal numbers without a unit.
    fileprivate var hasMeaning: Bool { unit != .none || x != y }
}

extension ImageMetadata.Density: CustomStringConvertible {
    public var description: String {
        if unit == .none { return "pixel aspect of \(Self.text(x)):\(Self.text(y))" }
        let scale = unit == .centimetre ? 2.54 : 1
        let (x, y) = (Int((x * scale).rounded()), Int((y * scale).rounded()))
        return "resolution of " + (x == y ? "\(x) dpi" : "\(x)×\(y) dpi")
    }

    private static func text(_ number: Double) -> String {
        number == number.rounded() && number < 1e9 ? "\(Int(number))" : "\(number)"
    }
}
