import TileCodecs
import TileCore

extension JobService {
    /// A region of one of a job's images.
    struct Region: Sendable {
        let picture: Picture
        /// The region in pixels of the whole image.
        let region: TileRegion
        /// The pass that the picture shows, from 0; `nil` if the picture will never change.
        let pass: Int?
    }

    /// A region of the uploaded image.
    func sourceRegion(_ id: JobID, _ query: RegionQuery) async throws -> Region {
        let job = try await job(id)
        return try await region(job, query, .sourceRegion(id, query)) { region in
            // During the first pass the decoded source still exists, so nothing has to be decoded again.
            if job.status == .processing,
                let picture = try await self.drawing.run({ [files = self.files] in
                    let canvas = try? Canvas.holding(
                        path: files.canvas(id, before: 0), size: job.size, format: job.pixelFormat)
                    return try canvas.map { try Picture(of: $0, region, query) }
                }), try await self.isCurrent(job)
            {
                return picture
            }
            return try await self.picture(
                job, .source, job.pixelFormat, region, query,
                ViewCache.Source(path: self.files.source(id), page: job.options.page))
        }
    }

    /// A region of the result. While the job runs, a region of the canvas that the current pass writes.
    func resultRegion(_ id: JobID, _ query: RegionQuery) async throws -> Region {
        while true {
            let job = try await job(id)
            guard let output = job.outputPath else {
                guard let region = try await unfinishedRegion(job, query) else { continue }
                return region
            }
            let plan = try job.plan()
            return try await region(job, query, .resultRegion(id, query)) { region in
                try await self.picture(
                    job, .result, job.format.without(alphaOf: plan.output), region, query,
                    ViewCache.Source(path: self.files.path(output)))
            }
        }
    }

    /// A region of an unfinished result. It is never cached, because a client that knows of a tile must not get an older
    /// picture.
    /// - Returns: `nil` if the job has gone on to another pass or run meanwhile, because another image may have reused the
    ///   canvas.
    private func unfinishedRegion(_ job: JobRecord, _ query: RegionQuery) async throws -> Region? {
        let (plan, region) = (try job.plan(), try query.region(in: job.size))
        let pass = min(job.pass, plan.passes.count - 1)
        let picture: Picture
        do {
            picture = try await drawing.run { [files] in
                try Picture(of: Self.unfinished(job, plan, files), region, query)
            }
        } catch let error as ServiceError where error.code == .wrongState {
            guard try await isCurrent(job) else { return nil }
            throw error
        }
        guard try await isCurrent(job) else { return nil }
        return Region(picture: picture, region: region, pass: pass)
    }

    /// Whether the job's canvases are the same as when its row was read.
    private func isCurrent(_ job: JobRecord) async throws -> Bool {
        let now = try await self.job(job.jobID)
        return now.run == job.run && now.pass == job.pass && now.bootID == job.bootID && now.outputPath == nil
    }

    /// A region that never changes, so that it can be cached.
    private func region(
        _ job: JobRecord, _ query: RegionQuery, _ key: PictureCache.Key,
        make: @escaping @Sendable (TileRegion) async throws -> Picture
    ) async throws -> Region {
        let region = try query.region(in: job.size)
        let picture = try await pictures.picture(key) { try await make(region) }
        return Region(picture: picture, region: region, pass: nil)
    }

    /// A region of an image in a file: cut from its overviews if they are large enough, else from the decoded image.
    private func picture(
        _ job: JobRecord, _ image: JobImage, _ format: PixelFormat, _ region: TileRegion, _ query: RegionQuery,
        _ source: ViewCache.Source
    ) async throws -> Picture {
        let overview = try await drawing.run { [overviews] () -> Picture? in
            let canvas = try overviews.canvas(job, image, format, showing: region, side: query.side)
            return try canvas.map {
                try Picture(
                    of: $0, TileRegion(whole: $0.size), query, size: region.size.fitted(into: query.side))
            }
        }
        if let overview { return overview }
        if let (canvas, first) = try await decodedRows(job, image, format, around: region, source) {
            let part = TileRegion(x: region.x, y: region.y - first, size: region.size)
            return try await drawing.run { try Picture(of: canvas, part, query) }
        }
        let canvas = try await decoded(job, image, format, source)
        return try await drawing.run { try Picture(of: canvas, region, query) }
    }

    /// The decoded image of a file.
    func decoded(
        _ job: JobRecord, _ image: JobImage, _ format: PixelFormat, _ source: ViewCache.Source
    ) async throws -> Canvas {
        try await showing(job) {
            try await views.canvas(
                ViewCache.Key(job: job.jobID, image: image), size: job.size, format: format, source: source)
        }
    }

    /// Runs `body`, and turns its errors into `ServiceError`s about an image that cannot be shown.
    func showing<R>(_ job: JobRecord, _ body: () async throws -> R) async throws -> R {
        do {
            return try await body()
        } catch is CancellationError {
            // The decoding was given up because the job is gone, or the master ends.
            _ = try await self.job(job.jobID)
            throw ServiceError.busy
        } catch let error as ImagingError {
            throw ServiceError(cannotShow: error)
        } catch let error as ImageFileError {
            if let shortage = ServiceError(shortageIn: error) { throw shortage }
            throw ServiceError(
                error.code == .inaccessible ? .notFound : .damagedImage, "the image cannot be shown: \(error)")
        }
    }

    /// The canvas that the current pass of an unfinished job writes.
    /// - Throws: `ServiceError` if no tile is finished yet.
    static func unfinished(_ job: JobRecord, _ plan: PassPlan, _ files: JobFiles) throws(ServiceError) -> Canvas {
        let pass = min(job.pass, plan.passes.count - 1)
        let path = files.canvas(job.jobID, before: pass + 1)
        guard let canvas = try? Canvas.holding(path: path, size: job.size, format: plan.passes[pass].geometry.output)
        else {
            throw ServiceError(.wrongState, "the job is \(job.status.rawValue) and nothing of it is finished")
        }
        return canvas
    }
}

extension ServiceError {
    /// The error of a request for an image that cannot be decoded.
    init(cannotShow error: ImagingError) {
        let code: Code =
            switch error.code {
            case _ where error.isDiskFull: .diskFull
            case _ where error.shortage != nil: .busy
            case .undecodable: .damagedImage
            case .canvas: .diskFull
            case .unencodable, .transform: .internalError
            }
        self.init(code, "the image cannot be shown: \(error.reason)")
    }
}
