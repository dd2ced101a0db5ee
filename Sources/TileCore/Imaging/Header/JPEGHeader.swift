/// Reads JPEG: the marker segments and, in search of the end, the entropy-coded data (ITU-T T.81, annex B).
///
/// The decoder fills a cut-off image with gray and reports success, so the end is looked for here.
struct JPEGHeader {
    private var frame: JPEGFrame?
    private var scannedComponents: Set<UInt8> = []
    /// What OpenCV looks for EXIF in: the first APP1 segment ahead of the first scan, whatever it holds.
    private var exif: [UInt8]?
    private var hasAdobeMarker = false

    static func read(_ file: inout FileBytes) throws(ImageHeaderError) -> ImageHeader {
        var header = JPEGHeader()
        var offset = 2
        while true {
            let marker = try nextMarker(from: &offset, in: &file)
            switch marker {
            case Marker.endOfImage: return try header.finish()
            case 0x01, Marker.restarts: break
            default: try header.takeSegment(marker, at: &offset, in: &file)
            }
        }
    }

    private enum Marker {
        static let startOfImage: UInt8 = 0xD8
        static let endOfImage: UInt8 = 0xD9
        static let startOfScan: UInt8 = 0xDA
        static let restarts: ClosedRange<UInt8> = 0xD0...0xD7
        static let app1: UInt8 = 0xE1
        static let app14: UInt8 = 0xEE
    }

    /// Finds the next marker and moves `offset` behind it. Bytes that belong to nothing are skipped, as libjpeg does;
    /// so are stuffed zeros in a scan. Any number of 0xFF may precede a marker.
    private static func nextMarker(
        from offset: inout Int, in file: inout FileBytes
    ) throws(ImageHeaderError) -> UInt8 {
        while let found = try file.firstOffset(of: 0xFF, from: offset), found + 1 < file.size {
            offset = found + 1
            let marker = try file.byte(at: offset)
            if marker == 0xFF { continue }
            offset += 1
            if marker != 0 { return marker }
        }
        throw .truncated("the file is cut off: it ends after \(file.size) bytes, before the JPEG end marker")
    }

    private mutating func takeSegment(
        _ marker: UInt8, at offset: inout Int, in file: inout FileBytes
    ) throws(ImageHeaderError) {
        let isFrame = JPEGFrame.markers.contains(marker)
        switch marker {
        case _ where isFrame: break
        // DHT, DAC, DQT, DNL, DRI, APPn, COM.
        case 0xC4, 0xCC, 0xDB, 0xDC, 0xDD, 0xE0...0xEF, 0xFE, Marker.startOfScan: break
        case 0xC8, 0xF7: throw .unsupported("the file is a JPEG-LS or extended JPEG file, which cannot be decoded")
        case Marker.startOfImage: throw .damaged("a second JPEG image begins inside the first")
        default: throw .damaged("the JPEG file has a marker at byte \(offset - 1) that no JPEG image has")
        }
        let length = try file.uint16(at: offset, .big)
        guard length >= 2 else { throw .damaged("the JPEG segment at byte \(offset) has an impossible length") }
        let payload = try file.bytes(at: offset + 2, count: length - 2, of: "its header")
        offset += length

        switch marker {
        case _ where isFrame:
            guard frame == nil else { throw .damaged("the JPEG file has two frame headers") }
            frame = try JPEGFrame(marker: marker, payload: payload)
        case Marker.startOfScan: try takeScan(payload)
        case Marker.app1 where exif == nil && scannedComponents.isEmpty: exif = payload
        case Marker.app14 where payload.count >= 12 && payload.starts(with: Array("Adobe".utf8)):
            hasAdobeMarker = true
        default: break
        }
    }

    /// T.81, B.2.3: the number of components, two bytes for each, three bytes of parameters.
    private mutating func takeScan(_ payload: [UInt8]) throws(ImageHeaderError) {
        guard let frame else { throw .damaged("the JPEG file has a scan ahead of its frame header") }
        guard let count = payload.first.map(Int.init), (1...4).contains(count), payload.count == 4 + 2 * count else {
            throw .damaged("a JPEG scan header is damaged")
        }
        let ids = (0..<count).map { payload[1 + 2 * $0] }
        let components = frame.components.filter { ids.contains($0.id) }
        let blocks = components.reduce(0) { $0 + $1.horizontal * $1.vertical }
        guard components.count == count, count == 1 || blocks <= 10 else {
            throw .damaged("a JPEG scan header does not fit the frame header")
        }
        scannedComponents.formUnion(ids)
    }

    private func finish() throws(ImageHeaderError) -> ImageHeader {
        guard let frame else { throw .damaged("the JPEG file has no image in it") }
        guard frame.components.allSatisfy({ scannedComponents.contains($0.id) }) else {
            throw .damaged("the JPEG file ends before all of its color components have been coded")
        }
        guard frame.components.count < 4 || hasAdobeMarker else {
            throw .unsupported("the JPEG file has four color components and does not say which; save it as RGB")
        }
        return try ImageHeader(
            .jpeg, storedWidth: frame.width, height: frame.height,
            pixelFormat: frame.components.count == 1 ? .gray(.eight) : .bgr(.eight),
            orientation: exif.map { EXIFOrientation.read($0.dropFirst(6)) } ?? 1,
            maximumSide: ImageFileFormat.jpeg.maximumSide)
    }
}
