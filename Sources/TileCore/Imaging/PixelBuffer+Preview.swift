internal import COpenCVShim

extension PixelBuffer {
    /// A copy in 8 bits with no side longer than `side`, by averaging areas.
    /// - Parameter keepingAlpha: whether the copy has alpha, too.
    public func shrunk(toFit side: Int, keepingAlpha: Bool = false) throws(ImagingError) -> PixelBuffer {
        try shrunk(to: size.fitted(into: side), keepingAlpha: keepingAlpha)
    }

    /// A copy in 8 bits of this size, by averaging areas.
    public func shrunk(to target: PixelSize, keepingAlpha: Bool = false) throws(ImagingError) -> PixelBuffer {
        let small = PixelBuffer(size: target, format: format.with(depth: .eight))
        try unsafe tw_shrink(shimImage, small.shimImage).check(.transform, "cannot shrink the image")
        return small.format.hasAlpha && !keepingAlpha ? try OpenCV.splitAlpha(small).takeColor() : small
    }
}
