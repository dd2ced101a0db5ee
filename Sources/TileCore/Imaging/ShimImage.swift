internal import COpenCVShim

extension PixelBuffer {
    /// A description of this buffer for the shim. It is valid as long as the buffer.
    var shimImage: tw_image {
        unsafe tw_image(
            data: base, stride: stride, width: Int32(size.width), height: Int32(size.height),
            channels: Int32(format.channels), depth: Int32(format.depth.rawValue))
    }

    /// A part of this buffer.
    /// - Precondition: `region` is inside the image.
    func shimImage(of region: TileRegion) -> tw_image {
        precondition(TileRegion(whole: size).contains(region), "\(region) is not inside \(size)")
        return unsafe tw_image(
            data: pointer(x: region.x, y: region.y), stride: stride, width: Int32(region.width),
            height: Int32(region.height), channels: Int32(format.channels), depth: Int32(format.depth.rawValue))
    }
}

extension tw_status {
    /// Throws the shim's reason, prefixed with `what`.
    func check(_ errorCode: ImagingError.Code, _ what: @autoclosure () -> String) throws(ImagingError) {
        guard code != Int32(TW_OK) else { return }
        var text = reason
        let message = unsafe withUnsafeBytes(of: &text) { bytes in
            unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
        throw ImagingError(errorCode, "\(what()): \(message)")
    }
}
