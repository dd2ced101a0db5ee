internal import COpenCVShim

/// What a process does once before it touches pixels.
public enum ImagingSetup {
    /// Turns off OpenCV's log lines, because every failure is an error here. Keeps the heap from holding on to freed
    /// tiles. OpenCV's own threads are off from the start, because Tilework computes tiles in parallel.
    public static func prepare() { OpenCV.prepare() }

    /// Gives memory back that freed tiles have left in the heap, scattered between what is in use: up to a hundred
    /// mebibytes in a master. Takes some milliseconds.
    public static func trimHeap() { tw_trim() }

    /// The version of OpenCV in use, as in "4.6.0".
    public static var openCVVersion: String { OpenCV.version }
}
