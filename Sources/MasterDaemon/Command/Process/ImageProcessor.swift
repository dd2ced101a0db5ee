/// Turns one image file into another. It deals with pixels only, not with names, folders or permissions.
protocol ImageProcessor: Sendable {
    /// Checks everything that the header shows: that the file is an image, the limits, the transforms against the kind
    /// of pixels, and whether the output format can hold the result. Reads the header on the caller's thread.
    func check(source: String, request: JobRequest) throws(ServiceError)

    /// - Parameters:
    ///   - source: a path that can be opened several times, such as /proc/self/fd/N of an open file.
    ///   - part: the path of the finished image, where no file may exist yet. It ends in the format's extension. The
    ///     image is not synced to the disk.
    ///   - request: a request with a format.
    ///   - progress: called often, from any thread, with the number of finished tiles and of all tiles.
    /// - Throws: `ServiceError` or `JobFailure` with the reason, `CancellationError`.
    func process(
        source: String, part: String, request: JobRequest,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> ProcessedImage
}
