import TileCore

extension JobService {
    /// A region of one of a job's images.
    struct Region: Sendable {
        let view: RegionView
        /// The pixels that were cut.
        let region: TileRegion
        /// It would be the same at any later time.
        let isFinal: Bool
    }

    /// A part of the image as it was sent.
    func sourceRegion(_ id: JobID, _ query: RegionQuery) async throws -> Region {
        let job = try await job(id)
        let region = try query.region(in: job.size)
        // The first pass reads the decoded source; while it lasts, nothing has to be decoded again.
        if job.status == .processing, job.pass == 0,
            let canvas = try? Canvas.open(path: files.canvas(id, before: 0), size: job.size, format: job.pixelFormat)
        {
            return try await cut(canvas, region, query, isFinal: true)
        }
        let canvas = try await decoded(job, .source, job.pixelFormat, path: files.source(id))
        return try await cut(canvas, region, query, isFinal: true)
    }

    /// A part of the result, or of what is finished of it: of the canvas that the pass under way writes.
    func resultRegion(_ id: JobID, _ query: RegionQuery) async throws -> Region {
        let job = try await job(id)
        let plan = try job.plan()
        let region = try query.region(in: job.size)
        if let output = job.outputPath {
            let canvas = try await decoded(job, .result, plan.output, path: files.path(output))
            return try await cut(canvas, region, query, isFinal: true)
        }
        return try await cut(Self.unfinished(job, plan, files), region, query, isFinal: false)
    }

    private func cut(_ canvas: Canvas, _ region: TileRegion, _ query: RegionQuery, isFinal: Bool) async throws -> Region
    {
        let view = try await viewDisk.run { try RegionView(of: canvas, region, query) }
        return Region(view: view, region: region, isFinal: isFinal)
    }

    /// The decoded image of a file.
    func decoded(_ job: JobRecord, _ image: ViewCache.Image, _ format: PixelFormat, path: String) async throws
        -> Canvas
    {
        do {
            return try await views.canvas(
                ViewCache.Key(job: job.jobID, image: image), size: job.size, format: format, path: path,
                scratch: files.scratch(job.jobID))
        } catch let error as ImagingError {
            throw ServiceError(cannotShow: error)
        } catch let error as ImageHeaderError {
            throw ServiceError(
                error.code == .unreadable ? .notFound : .damagedImage, "the image cannot be shown: \(error.reason)")
        }
    }

    /// What there is of a result that is not finished: the canvas that the pass under way writes.
    static func unfinished(_ job: JobRecord, _ plan: PassPlan, _ files: JobFiles) throws(ServiceError) -> Canvas {
        let pass = min(job.pass, plan.passes.count - 1)
        let path = files.canvas(job.jobID, before: pass + 1)
        guard let canvas = try? Canvas.open(path: path, size: job.size, format: plan.passes[pass].geometry.output)
        else {
            throw ServiceError(.wrongState, "the job is \(job.status.rawValue) and nothing of it is finished")
        }
        return canvas
    }
}

extension ServiceError {
    /// An image that cannot be decoded to be looked at.
    init(cannotShow error: ImagingError) {
        let code: Code =
            switch error.code {
            case .undecodable: .damagedImage
            case .canvas: .diskFull
            case .unencodable, .transform: .internalError
            }
        self.init(code, "the image cannot be shown: \(error.reason)")
    }
}
