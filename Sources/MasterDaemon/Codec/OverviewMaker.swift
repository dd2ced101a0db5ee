import TileCodecs
import TileCore

/// Makes the overviews of an image from its rows as they become complete, while other work on the image goes on. After
/// a failure it does nothing more, because an image is usable without overviews.
///
/// Belongs to one thread at a time.
final class OverviewMaker {
    private var writer: OverviewWriter?
    private let background: BackgroundColor
    /// Why there will be no overviews.
    private(set) var failure: String?

    /// - Parameters:
    ///   - file: an empty one, open for reading and writing.
    ///   - format: the format of the overviews: the image's, or the same without alpha.
    ///   - background: the color behind transparent pixels, if the overviews have no alpha.
    ///   - threads: how many threads compress tiles in parallel.
    init(
        _ file: OwnedDescriptor, of size: PixelSize, format: PixelFormat,
        background: BackgroundColor = BackgroundColor(red: 0, green: 0, blue: 0), threads: Int
    ) {
        self.background = background
        attempt { () throws(ImagingError) in
            writer = try OverviewWriter(file, of: size, format: format, threads: threads)
        }
    }

    /// Adds the rows that have become complete since the last call.
    func add(upTo complete: Int, of image: any PixelRows) {
        attempt { () throws(ImagingError) in try writer?.add(upTo: complete, of: image, over: background) }
    }

    /// Writes the rest, once the image is complete.
    /// - Parameter rowIndex: the index of the file that the image was written to, if there is one.
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
