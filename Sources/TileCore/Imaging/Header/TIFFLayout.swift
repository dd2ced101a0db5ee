/// How the pixels of a TIFF image are cut into strips or tiles (TIFF 6.0, sections 3 and 15).
struct TIFFLayout {
    private let page: TIFFPage
    private let segmentWidth: Int
    private let segmentHeight: Int
    /// Strips or tiles in all, of every plane.
    private let count: Int

    /// The largest strip or tile that OpenCV decodes, in bytes.
    private static let maximumSegmentBytes = 1 << 30

    init(_ page: TIFFPage, _ directory: TIFFDirectory, in file: inout FileBytes) throws(ImageHeaderError) {
        self.page = page
        let width = page.isTiled ? try directory.value(.tileWidth, in: &file) ?? 0 : page.width
        let height =
            page.isTiled
            ? try directory.value(.tileLength, in: &file) ?? 0
            : min(page.height, try directory.value(.rowsPerStrip, in: &file) ?? page.height)
        let maximumTileSide = 1 << 24
        guard (1...maximumTileSide).contains(width), (1...maximumTileSide).contains(height) else {
            throw .damaged("the TIFF image is cut into pieces of \(width)×\(height) pixels")
        }
        segmentWidth = width
        segmentHeight = height
        let across = (page.width + width - 1) / width
        let down = (page.height + height - 1) / height
        count = across * down * (page.isPlanar ? page.samples : 1)
    }

    /// Checks that every strip or tile is in the file and, where that can be told, as long as its pixels need.
    func check(_ directory: TIFFDirectory, in file: inout FileBytes) throws(ImageHeaderError) {
        let isUncompressed = page.compression == TIFFPage.Compression.none
        // libtiff cuts a single uncompressed strip into small ones.
        let isCutUp = isUncompressed && count == 1 && !page.isTiled
        let decodedBytes = segmentWidth * segmentHeight * page.samples * max(1, page.bits / 8)
        guard isCutUp || decodedBytes < Self.maximumSegmentBytes else {
            throw .unsupported("the TIFF image is in pieces of 1 GiB or more; save it in smaller strips or tiles")
        }
        if page.isTiled { try checkTileDefects(isUncompressed: isUncompressed) }

        let segments = TIFFSegments(isTiled: page.isTiled)
        guard segments.count(in: directory) >= count else {
            throw .damaged("the TIFF image has \(segments.count(in: directory)) of its \(count) strips or tiles")
        }
        try segments.check(directory, first: count, in: &file) { index, length throws(ImageHeaderError) in
            guard length >= (isUncompressed ? bytes(ofSegment: index) : 1) else {
                throw .damaged("strip or tile \(index) of the TIFF image has \(length) bytes, too few for its pixels")
            }
        }
    }

    /// Two faults in decoding that depend on nothing but the layout.
    private func checkTileDefects(isUncompressed: Bool) throws(ImageHeaderError) {
        guard page.bits <= 8 else { return }
        // libtiff takes a buffer rounded up to 1024 bytes for the tile's true length and gives up.
        guard !isUncompressed || bytesPerFullSegment % 1024 == 0 else {
            throw .unsupported(
                "uncompressed TIFF tiles of \(segmentWidth)×\(segmentHeight) pixels cannot be decoded; "
                    + "save the image in strips or compressed")
        }
        // OpenCV mirrors each tile by itself.
        guard ![2, 3, 6, 7].contains(page.orientation) else {
            throw .unsupported(
                "the TIFF image is in tiles and to be mirrored (orientation \(page.orientation)), which is not decoded "
                    + "faithfully; save it upright")
        }
    }

    private var rowBytes: Int {
        (segmentWidth * page.bits * (page.isPlanar ? 1 : page.samples) + 7) / 8
    }

    private var bytesPerFullSegment: Int { rowBytes * segmentHeight }

    /// Bytes of a segment without compression. The last strip of a plane has only the rows that are left.
    private func bytes(ofSegment index: Int) -> Int {
        guard !page.isTiled else { return bytesPerFullSegment }
        let stripsPerPlane = (page.height + segmentHeight - 1) / segmentHeight
        let firstRow = index % stripsPerPlane * segmentHeight
        return rowBytes * min(segmentHeight, page.height - firstRow)
    }
}

/// The offsets and lengths of a directory's strips or tiles.
struct TIFFSegments {
    private let offsets: TIFFTag
    private let lengths: TIFFTag

    /// Entries read at a time: memory stays the same however many there are.
    private static let batch = 512

    init(isTiled: Bool) {
        offsets = isTiled ? .tileOffsets : .stripOffsets
        lengths = isTiled ? .tileByteCounts : .stripByteCounts
    }

    func count(in directory: TIFFDirectory) -> Int {
        min(directory.count(of: offsets), directory.count(of: lengths))
    }

    /// Checks that the first `count` segments are in the file, and gives each one's length to `body`.
    func check(
        _ directory: TIFFDirectory, first count: Int, in file: inout FileBytes,
        _ body: (_ index: Int, _ length: Int) throws(ImageHeaderError) -> Void
    ) throws(ImageHeaderError) {
        for start in stride(from: 0, to: count, by: Self.batch) {
            let range = start..<min(start + Self.batch, count)
            let offsets = try directory.values(offsets, range, in: &file)
            let lengths = try directory.values(lengths, range, in: &file)
            for (index, (offset, length)) in zip(range, zip(offsets, lengths)) {
                try file.require(length, at: offset, for: "its pixels")
                try body(index, length)
            }
        }
    }
}
