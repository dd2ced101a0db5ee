internal import Glibc

/// How much disk space files take: the bytes of their blocks, which can differ from their lengths.
public enum DiskUsage {
    /// The usage of the file at `path`; 0 if there is none.
    public static func bytes(ofFile path: String) -> Int {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return 0 }
        // The kernel counts blocks in this unit on every file system.
        return Int(status.st_blocks) * 512
    }

    /// The usage of the files directly in the folder at `path`; 0 if there is none.
    public static func bytes(ofFilesIn path: String) -> Int {
        guard let folder = unsafe opendir(path) else { return 0 }
        defer { unsafe closedir(folder) }
        var bytes = 0
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { start in
                unsafe start.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name != ".", name != ".." { bytes += Self.bytes(ofFile: "\(path)/\(name)") }
        }
        return bytes
    }
}
