/// Reads an image file from the top to the bottom, some rows at a time.
///
/// The seam where a codec that streams can take OpenCV's place: callers ask for `stripRows` rows after another into
/// buffers of theirs, and never learn whether the codec held the whole image.
public protocol ImageStripReader: AnyObject, Sendable {
    var header: ImageHeader { get }

    /// How many rows the codec likes to give at once.
    var stripRows: Int { get }

    /// Decodes `rows` into `buffer`, which has the image's width and format and as many rows. Callers go from the top
    /// down, without gaps.
    func read(rows: Range<Int>, into buffer: inout PixelBuffer) throws(ImagingError)
}

/// Writes an image file from the top to the bottom, some rows at a time.
public protocol ImageStripWriter: AnyObject, Sendable {
    /// How many rows the codec likes to take at once.
    var stripRows: Int { get }

    /// Encodes `rows` from `buffer`, which has the image's width and format and as many rows. Callers go from the top
    /// down, without gaps.
    func write(rows: Range<Int>, from buffer: borrowing PixelBuffer) throws(ImagingError)

    /// Ends the file; without it the file is not complete.
    func finish() throws(ImagingError)
}
