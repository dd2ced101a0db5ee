import TileCore

extension JobFiles {
    /// What all files of a job take of the disk, in bytes: its source, its canvases, its output, its preview and its
    /// overviews, with the parts of them that are not complete.
    func storedBytes(of job: JobID, _ format: ImageFileFormat) -> Int {
        let files =
            [source(job), path(Self.outputName(job, format)), encoding(job, format), preview(job)]
            + JobImage.allCases.flatMap { [overviews(job, $0), makingOverviews(job, $0)] }
        return files.reduce(DiskUsage.bytes(ofFilesIn: path("canvas/\(job)"))) { $0 + DiskUsage.bytes(ofFile: $1) }
    }
}
