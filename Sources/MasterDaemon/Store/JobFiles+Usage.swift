import TileCore

extension JobFiles {
    /// The disk space of all files of a job, in bytes: source, canvases, output, preview and overviews, including
    /// incomplete files.
    func storedBytes(of job: JobID, _ format: ImageFileFormat) -> Int {
        let files =
            [source(job), path(Self.outputName(job, format)), encoding(job, format), preview(job)]
            + JobImage.allCases.flatMap { [overviews(job, $0), makingOverviews(job, $0)] }
        return files.reduce(DiskUsage.bytes(ofFilesIn: path("canvas/\(job)"))) { $0 + DiskUsage.bytes(ofFile: $1) }
    }
}
