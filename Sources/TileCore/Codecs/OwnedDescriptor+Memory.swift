internal import CImageCodecs
internal import Glibc
public import TileCore

extension OwnedDescriptor {
    /// Makes an empty file for reading and writing in memory, which is gone with its last user.
    public static func inMemory() throws(ImagingError) -> OwnedDescriptor {
        let number = twc_memory_file()
        guard number >= 0 else { throw .system(.canvas, "cannot make a file in memory", errno: errno) }
        return OwnedDescriptor(adopting: number)
    }
}
