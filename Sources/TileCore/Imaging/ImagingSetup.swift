/// What a process does once before it touches pixels.
public enum ImagingSetup {
    /// Turns OpenCV's own threads off: Tilework's parallelism is in its tiles.
    public static func prepare() { OpenCV.useOneThread() }

    /// The version of OpenCV in use, as in "4.6.0".
    public static var openCVVersion: String { OpenCV.version }
}
