extension OwnedDescriptor {
    /// Makes an empty file without a name on the disk of `folder`, for reading and writing.
    public static func unnamed(in folder: String) throws(ImagingError) -> OwnedDescriptor {
        do throws(UnnamedFile.Failure) {
            return OwnedDescriptor(adopting: try UnnamedFile.open(in: folder.utf8))
        } catch {
            throw .system(.canvas, "cannot make a file in \(folder)", errno: error.number)
        }
    }
}
