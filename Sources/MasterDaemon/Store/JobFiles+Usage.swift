import TileCore

extension JobFiles {
    /// What all files of a job take of the disk, in bytes: its source, its canvases, its output and its preview, with
    /// the parts of them that are not complete.
    func storedBytes(of job: JobID, _ format: ImageFileFormat) -> Int {
        let files = [source(job), path(Self.outputName(job, format)), encoding(job, format), preview(job)]
        return files.reduce(DiskUsage.bytes(ofFilesIn: path("canvas/\(job)"))) { $0 + DiskUsage.bytes(ofFile: $1) }
    }
}
