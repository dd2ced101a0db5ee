public import TileCore

extension Canvas {
    /// Reads a part of an image's overviews, at about the cost of the part.
    /// - Parameter file: written by `OverviewWriter`.
    /// - Precondition: the canvas has the size of the part's region.
    /// - Throws: `ImagingError`, also if the file does not have the level, or has pixels of another kind than the
    ///   canvas.
    public func fill(from file: OwnedDescriptor, _ part: Overviews.Part) throws(ImagingError) {
        precondition(size == part.region.size, "a canvas of another size")
        do throws(ImageFileError) {
            let reader = try ImageReader(file, overview: part.level - 1)
            let header = reader.header
            guard header.size == part.size, header.pixelFormat == format, header.orientation == 1, reader.hasRegions
            else { throw ImageFileError(.damaged, "the overviews belong to another image") }
            try withMutablePixels { pixels throws(ImageFileError) in try reader.read(part.region, into: &pixels) }
        } catch {
            throw ImagingError(undecodable: error)
        }
    }
}
