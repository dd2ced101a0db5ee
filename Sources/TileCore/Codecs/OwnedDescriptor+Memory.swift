internal import CImageCodecs
internal import Glibc
public import TileCore

extension OwnedDescriptor {
    /// Makes an empty file in memory, for reading and writing. It exists until its last user closes it.
    public static func inMemory() throws(ImagingError) -> OwnedDescriptor {
        let number = twc_memory_file()
        guard number >= 0 else { throw .system(.canvas, "cannot make a file in memory", errno: errno) }
        return OwnedDescriptor(adopting: number)
    }
}
