/// Reads TIFF and BigTIFF: the first directory is the image; the others are checked for being there and for being no
/// images of their own (TIFF 6.0).
struct TIFFHeader {
    private let structure: TIFFStructure
    private var seen: Set<Int> = []
    /// Strips and tiles of other directories that may still be looked at. They can be many and share their tables.
    private var segmentBudget = 1 << 22

    private static let maximumDirectories = 1000

    static func read(_ file: inout FileBytes) throws(ImageHeaderError) -> ImageHeader {
        var header = TIFFHeader(structure: try TIFFStructure(&file))
        let first = try header.directory(at: header.structure.firstDirectory, in: &file)
        let page = try TIFFPage(first, in: &file)
        let image = try ImageHeader(
            .tiff, storedWidth: page.width, height: page.height, pixelFormat: page.pixelFormat(),
            orientation: page.orientation, alphaPatch: page.alphaPatch(first, in: &file))
        try TIFFLayout(page, first, in: &file).check(first, in: &file)
        try header.checkChain(after: first, in: &file)
        return image
    }

    private init(structure: TIFFStructure) { self.structure = structure }

    private mutating func directory(
        at offset: Int, in file: inout FileBytes
    ) throws(ImageHeaderError) -> TIFFDirectory {
        guard seen.insert(offset).inserted else { throw .damaged("the TIFF file's directories go in a circle") }
        guard seen.count <= Self.maximumDirectories else {
            throw .unsupported("the TIFF file has more than \(Self.maximumDirectories) directories")
        }
        return try TIFFDirectory(at: offset, structure, in: &file)
    }

    private mutating func checkChain(
        after first: TIFFDirectory, in file: inout FileBytes
    ) throws(ImageHeaderError) {
        var children = try self.children(of: first, in: &file)
        // A preview ahead of the image: what would be decoded is the preview.
        let isPreviewFirst = try Self.isReduced(first, in: &file)
        var directory = first
        while directory.next != 0 {
            directory = try self.directory(at: directory.next, in: &file)
            guard try Self.isReduced(directory, in: &file), !isPreviewFirst else {
                throw .unsupported("the TIFF file has several pages and only the first would be decoded; split it up")
            }
            try checkSegments(of: directory, in: &file)
            children += try self.children(of: directory, in: &file)
        }
        while let offset = children.popLast() {
            // A child has no successor that counts, and several may share one directory.
            guard !seen.contains(offset) else { continue }
            let child = try self.directory(at: offset, in: &file)
            try checkSegments(of: child, in: &file)
            children += try self.children(of: child, in: &file)
        }
    }

    /// Whether the directory is a smaller copy of another: bit 0 of NewSubfileType, or 2 in its forerunner.
    private static func isReduced(
        _ directory: TIFFDirectory, in file: inout FileBytes
    ) throws(ImageHeaderError) -> Bool {
        if let flags = try directory.value(.newSubfileType, in: &file) { return flags & 1 == 1 }
        return try directory.value(.subfileType, in: &file) == 2
    }

    /// Where the directories are that hang on this one. Only a cut-off file has them beyond its end.
    private func children(
        of directory: TIFFDirectory, in file: inout FileBytes
    ) throws(ImageHeaderError) -> [Int] {
        var offsets: [Int] = []
        for tag in [TIFFTag.subDirectories, .exifDirectory, .gpsDirectory] {
            offsets += try directory.values(tag, 0..<Self.maximumDirectories, in: &file)
        }
        return offsets.filter { $0 != 0 }
    }

    private mutating func checkSegments(
        of directory: TIFFDirectory, in file: inout FileBytes
    ) throws(ImageHeaderError) {
        for isTiled in [false, true] {
            let segments = TIFFSegments(isTiled: isTiled)
            let count = segments.count(in: directory)
            guard count <= segmentBudget else { throw .unsupported("the TIFF file has too many strips or tiles") }
            segmentBudget -= count
            try segments.check(directory, first: count, in: &file) { _, _ in }
        }
    }
}
