/// What a process does once before it touches pixels.
public enum ImagingSetup {
    /// Turns off OpenCV's own threads, because Tilework computes tiles in parallel, and its log lines, because every
    /// failure is an error here. Keeps the heap from holding on to freed tiles.
    public static func prepare() { OpenCV.prepare() }

    /// The version of OpenCV in use, as in "4.6.0".
    public static var openCVVersion: String { OpenCV.version }
}
