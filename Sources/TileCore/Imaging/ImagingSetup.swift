/// What a process does once before it touches pixels.
public enum ImagingSetup {
    /// Turns OpenCV's own threads off, for Tilework's parallelism is in its tiles, and its log lines, for every failure
    /// is an error here; keeps the heap from holding on to tiles that are gone.
    public static func prepare() { OpenCV.prepare() }

    /// The version of OpenCV in use, as in "4.6.0".
    public static var openCVVersion: String { OpenCV.version }
}
