import TileCore

@testable import MasterDaemon

extension TestFolder {
    /// Writes a black image. Returns its path.
    func image(
        _ width: Int, _ height: Int, _ format: PixelFormat = .bgr(.eight), as file: ImageFileFormat = .png
    ) throws -> String {
        let path = path("image.\(file.fileExtension)")
        let size = PixelSize(width: width, height: height)
        let bytes = [UInt8](repeating: 0, count: PixelBuffer.byteCount(size: size, format: format))
        let image = PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: format)
        try MasterDaemonTests.write(image, to: path, OutputEncoding(fileFormat: file))
        return path
    }
}

extension JobRequest {
    static func of(
        _ transforms: String? = "invert", filename: String? = "photo.png", format: String? = nil,
        quality: String? = nil, key: String? = nil, options: [String: String] = [:]
    ) throws(ServiceError) -> JobRequest {
        try JobRequest(filename: filename, idempotencyKey: key) { name in
            switch name {
            case "transforms": transforms
            case "format": format
            case "quality": quality
            default: options[name]
            }
        }
    }
}
