/// The negative: maximum − v.
struct Invert: Transform {
    static let descriptor = TransformDescriptor("invert", title: "Invert", "Turns every color into its opposite.")

    init(_ values: ParameterValues) {}

    func apply(_ image: borrowing PixelBuffer) throws(ImagingError) -> PixelBuffer { try OpenCV.invert(image) }
}
