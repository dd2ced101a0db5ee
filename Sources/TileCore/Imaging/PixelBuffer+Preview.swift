internal import COpenCVShim

extension PixelBuffer {
    /// A copy in 8 bits, no side longer than `side`, by averaging areas.
    /// - Parameter keepingAlpha: whether alpha stays; without it the copy has the colors only.
    public func shrunk(toFit side: Int, keepingAlpha: Bool = false) throws(ImagingError) -> PixelBuffer {
        try shrunk(to: size.fitted(into: side), keepingAlpha: keepingAlpha)
    }

    /// A copy in 8 bits of this size, by averaging areas.
    public func shrunk(to target: PixelSize, keepingAlpha: Bool = false) throws(ImagingError) -> PixelBuffer {
        let small = PixelBuffer(size: target, format: format.with(depth: .eight))
        try unsafe tw_shrink(shimImage, small.shimImage).check(.transform, "the image cannot be made smaller")
        return small.format.hasAlpha && !keepingAlpha ? try OpenCV.splitAlpha(small).takeColor() : small
    }
}
