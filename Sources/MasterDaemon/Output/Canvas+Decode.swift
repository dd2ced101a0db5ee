import TileCore

extension Canvas {
    /// Decodes a file into a canvas without a name, which is gone with its last user or with the process.
    /// - Parameter folder: on the disk that is to hold the canvas.
    static func decode(_ path: String, _ header: ImageHeader, in folder: String) throws(ImagingError) -> Canvas {
        let canvas = try Canvas.unnamed(in: folder, size: header.size, format: header.pixelFormat)
        try canvas.fill(from: OpenCVImageReader(path: path, header: header))
        return canvas
    }
}
