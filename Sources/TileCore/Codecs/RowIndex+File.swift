internal import Glibc
public import TileCore

/// An index at the end of another file, as 64-bit little-endian numbers. The rows of a band and the offsets come first,
/// then how many numbers these are, then a mark.
extension RowIndex {
    /// "TileRows".
    private static let mark: UInt64 = 0x7377_6F52_656C_6954
    /// How many numbers follow the index.
    private static let endCount = 2
    /// More bands than any image has.
    private static let maximumCount = 1 << 20

    /// Appends the index to a file.
    func append(to file: OwnedDescriptor) throws(ImageFileError) {
        let index = [UInt64(bandRows)] + offsets.map { UInt64($0) }
        let bytes = (index + [UInt64(index.count), Self.mark]).flatMap { number in
            (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
        }
        let end = try Self.size(of: file)
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe pwrite(
                    file.number, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done, off_t(end + done))
            }
            if count < 0, errno != EINTR { throw .system("cannot write an index of rows", errno) }
            done += max(0, count)
        }
    }

    /// The index at the end of a file.
    /// - Returns: `nil` if there is none.
    /// - Throws: `damaged` if the index is incomplete.
    public init?(endOf file: OwnedDescriptor) throws(ImageFileError) {
        let size = try Self.size(of: file)
        let endBytes = 8 * Self.endCount
        guard size >= endBytes else { return nil }
        let end = try Self.numbers(Self.endCount, at: size - endBytes, of: file)
        guard end[1] == Self.mark else { return nil }
        guard (2...UInt64(Self.maximumCount)).contains(end[0]), size - endBytes >= 8 * Int(end[0]) else {
            throw ImageFileError(.damaged, "the index of rows is incomplete")
        }
        let index = try Self.numbers(Int(end[0]), at: size - endBytes - 8 * Int(end[0]), of: file)
            .map { Int(truncatingIfNeeded: $0) }
        self.init(bandRows: index[0], offsets: Array(index.dropFirst()))
    }

    private static func numbers(_ count: Int, at place: Int, of file: OwnedDescriptor) throws(ImageFileError)
        -> [UInt64]
    {
        var bytes = [UInt8](repeating: 0, count: 8 * count)
        var done = 0
        while done < bytes.count {
            let read = unsafe bytes.withUnsafeMutableBytes { bytes in
                unsafe pread(
                    file.number, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done, off_t(place + done))
            }
            if read < 0, errno == EINTR { continue }
            guard read > 0 else { throw .system("cannot read an index of rows", read < 0 ? errno : EIO) }
            done += read
        }
        return stride(from: 0, to: bytes.count, by: 8).map { place in
            (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * $1) }
        }
    }

    private static func size(of file: OwnedDescriptor) throws(ImageFileError) -> Int {
        var facts = stat()
        guard unsafe fstat(file.number, &facts) == 0 else {
            throw .system("cannot inspect the file of an index of rows", errno)
        }
        return Int(facts.st_size)
    }
}

extension ImageFileError {
    /// The error of a system call, with the C library's text.
    fileprivate static func system(_ what: String, _ number: Int32) -> ImageFileError {
        ImageFileError(inaccessible: "\(what): \(systemErrorText(number))", Shortage(errno: number))
    }
}
