/// Turns one image file into another: pixels only, no knowledge of names, folders or permissions.
protocol ImageProcessor: Sendable {
    /// Everything that can be refused by the header alone: no image, the limits, transforms against the kind of pixels,
    /// whether the output format can hold the result. Reads the file's header, on the caller's thread.
    func check(source: String, request: JobRequest) throws(ServiceError)

    /// - Parameters:
    ///   - source: a path that can be opened several times, as /proc/self/fd/N of an open file can.
    ///   - part: a path that does not exist yet and ends in the format's extension; the finished image is there
    ///     afterwards, not yet synced.
    ///   - request: its format is set.
    ///   - progress: called with tiles done and tiles in all, from any thread, often.
    /// - Throws: `ServiceError` or `JobFailure` with the reason, `CancellationError`.
    func process(
        source: String, part: String, request: JobRequest,
        progress: @escaping @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> ProcessedImage
}
