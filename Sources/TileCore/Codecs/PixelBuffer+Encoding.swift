internal import CImageCodecs
internal import Glibc
public import TileCore

extension PixelBuffer {
    /// The image as a JPEG file.
    /// - Precondition: 8 bits, 1 or 3 channels.
    public func jpeg(quality: Int) throws(ImagingError) -> [UInt8] {
        try encoded(as: OutputEncoding(fileFormat: .jpeg, quality: quality))
    }

    /// The image as a PNG file, compressed for speed, not for size.
    public func png() throws(ImagingError) -> [UInt8] { try encoded(as: OutputEncoding(fileFormat: .png)) }

    /// The image as a file in memory. For small images, because the bytes exist twice for a moment.
    func encoded(as encoding: OutputEncoding) throws(ImagingError) -> [UInt8] {
        let number = twc_memory_file()
        guard number >= 0 else { throw .system(.unencodable, "cannot make a file in memory", errno: errno) }
        let file = OwnedDescriptor(adopting: number)
        let writer = try ImageWriter(
            file, size: size, format: format, encoding: encoding, metadata: ImageMetadata(), threads: 1)
        do throws(ImageFileError) {
            try writer.write(self)
            try writer.finish()
        } catch {
            throw ImagingError(unencodable: error)
        }
        return try Self.contents(of: file.number)
    }

    private static func contents(of file: Int32) throws(ImagingError) -> [UInt8] {
        var facts = stat()
        guard unsafe fstat(file, &facts) == 0 else {
            throw .system(.unencodable, "cannot inspect the file of a picture", errno: errno)
        }
        let count = Int(facts.st_size)
        var error: Int32 = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { memory, filled in
            while filled < count {
                let rest = unsafe UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(memory)[filled..<count])
                let got = unsafe pread(file, rest.baseAddress, rest.count, off_t(filled))
                if got < 0, errno == EINTR { continue }
                if got <= 0 {
                    error = got < 0 ? errno : EIO
                    return
                }
                filled += got
            }
        }
        guard error == 0 else { throw .system(.unencodable, "cannot read the file of a picture", errno: error) }
        return bytes
    }
}

extension SampleImage {
    /// The picture as a JPEG file.
    public static func jpeg() throws(ImagingError) -> [UInt8] { try draw(size).jpeg(quality: 90) }
}
