import TileCodecs
import TileCore

/// Makes the overviews of an image beside other work on it, as far as its rows are complete. After a failure it does
/// nothing more: the image can do without them.
///
/// Belongs to one thread at a time.
final class OverviewMaker {
    private var writer: OverviewWriter?
    private let background: BackgroundColor
    /// Why there will be no overviews.
    private(set) var failure: String?

    /// - Parameters:
    ///   - file: an empty one, open for reading and writing.
    ///   - format: of the pixels to show: the image's, or that without alpha.
    ///   - background: what shows through then.
    ///   - threads: that compress tiles side by side.
    init(
        _ file: OwnedDescriptor, of size: PixelSize, format: PixelFormat,
        background: BackgroundColor = BackgroundColor(red: 0, green: 0, blue: 0), threads: Int
    ) {
        self.background = background
        attempt { () throws(ImagingError) in
            writer = try OverviewWriter(file, of: size, format: format, threads: threads)
        }
    }

    /// So many rows of the image are complete from the top.
    func add(upTo complete: Int, of image: any PixelRows) {
        attempt { () throws(ImagingError) in try writer?.add(upTo: complete, of: image, over: background) }
    }

    /// The image is complete.
    /// - Parameter rowIndex: of the file that it was written to, if there is one.
    func finish(_ image: any PixelRows, rowIndex: RowIndex? = nil) {
        add(upTo: image.size.height, of: image)
        attempt { () throws(ImagingError) in try writer?.finish(rowIndex: rowIndex) }
        writer = nil
    }

    private func attempt(_ body: () throws(ImagingError) -> Void) {
        do throws(ImagingError) {
            try body()
        } catch {
            failure = error.reason
            writer = nil
        }
    }
}
