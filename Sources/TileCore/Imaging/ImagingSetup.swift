internal import COpenCVShim

/// The setup of a process that touches pixels.
public enum ImagingSetup {
    /// Call it once. It turns off OpenCV's log, because every failure is an error here, and keeps the heap from holding
    /// freed tiles. OpenCV's own threads are always off, because Tilework computes tiles in parallel.
    public static func prepare() { OpenCV.prepare() }

    /// Returns heap memory of freed tiles to the kernel. It lies scattered between memory in use: up to a hundred
    /// mebibytes in a master. Takes some milliseconds.
    public static func trimHeap() { tw_trim() }

    /// The version of OpenCV in use, as in "4.6.0".
    public static var openCVVersion: String { OpenCV.version }
}
