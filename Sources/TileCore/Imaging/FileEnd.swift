/// The end of an image file, which shows whether the encoder wrote all that it meant to.
///
/// OpenCV does not look at the outcome of each of its writes. Where the disk is full or the folder is not there, its BMP
/// and WebP encoders leave a part of the file or nothing and report success, and so may the others with the bytes that
/// go out last.
enum FileEnd {
    /// - Throws: where the file at `path` is missing or does not end as a whole one of its format does.
    static func check(path: String, format: ImageFileFormat) throws(ImagingError) {
        let file: FileMapping
        do {
            file = try FileMapping.reading(path: path)
        } catch {
            throw ImagingError(.unencodable, "the result was not written as \(format.rawValue): \(error.reason)")
        }
        guard unsafe isWhole(UnsafeRawBufferPointer(start: file.base, count: file.count), format) else {
            throw ImagingError(
                .unencodable, "only a part of the result was written as \(format.rawValue); the disk may be full",
                isDiskFull: true)
        }
    }

    private static func isWhole(_ file: UnsafeRawBufferPointer, _ format: ImageFileFormat) -> Bool {
        switch format {
        case .png:
            // The chunk IEND: no data, and always the same checksum.
            unsafe file.suffix(12).elementsEqual([0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82])
        case .jpeg: unsafe file.suffix(2).elementsEqual([0xFF, 0xD9])
        // Both have the length in 32 bits, WebP that of what follows.
        case .bmp: unsafe length(in: file, at: 2) == UInt32(truncatingIfNeeded: file.count)
        case .webp: unsafe length(in: file, at: 4).map { $0 &+ 8 } == UInt32(truncatingIfNeeded: file.count)
        // Written by libtiff, which checks every write.
        case .tiff: true
        }
    }

    private static func length(in file: UnsafeRawBufferPointer, at offset: Int) -> UInt32? {
        guard file.count >= offset + 4 else { return nil }
        return UInt32(littleEndian: unsafe file.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
