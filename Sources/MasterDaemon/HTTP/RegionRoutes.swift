import HTTPTypes
import Hummingbird
import HummingbirdCore
import NIOCore
import TileCodecs
import TileCore

/// Regions of a job's images and previews of transforms, for the pages.
struct RegionRoutes: Sendable {
    let service: JobService
    let finder: JobFinder
    let memory: AnswerMemory
    let turns: ClientTurns

    func add(to api: GuardedRoutes) {
        api.get("jobs/:id/source/region", for: .viewer, query: RegionQuery.regionNames) { request, context in
            let (id, query) = (try await finder.id(context), try RegionQuery(request.uri))
            let region = try await turns.take(for: context.clientName) {
                try await service.sourceRegion(id, query)
            }
            return try context.counted(Self.response(region, "\(id)-source", query, request), in: memory)
        }
        api.get("jobs/:id/result/region", for: .viewer, query: RegionQuery.regionNames) { request, context in
            let (id, query) = (try await finder.id(context), try RegionQuery(request.uri))
            let region = try await turns.take(for: context.clientName) {
                try await service.resultRegion(id, query)
            }
            return try context.counted(Self.response(region, "\(id)-result", query, request), in: memory)
        }
        api.post("preview", for: .operator, as: .preview, query: RegionQuery.trialNames) { request, context in
            try await context.counted(preview(request, context), in: memory)
        }
    }

    private static func response(_ region: JobService.Region, _ name: String, _ query: RegionQuery, _ request: Request)
        -> Response
    {
        let (part, encoding) = (region.region, region.picture.encoding.rawValue)
        let name = "\(name)-\(part.x)-\(part.y)-\(part.width)x\(part.height)-\(query.side)-\(encoding)"
        var response = Response.picture(region.picture, tag: region.pass == nil ? name : nil, request)
        if let pass = region.pass { response.headers[.tileworkPass] = "\(pass + 1)" }
        return response
    }

    private func preview(_ request: Request, _ context: MasterContext) async throws -> Response {
        let client = context.client
        let query = try RegionQuery(request.uri, upTo: JobService.trialSide)
        let page = try request.uri.number("page", in: 0...999_999)
        let text = request.uri.queryParameters["transforms"].map(String.init) ?? ""
        let pipeline = text.isEmpty ? nil : try JobRequest.pipeline(text)
        try client?.checkBytes(request.headers[.contentLength].flatMap { Int($0) })
        let body = request.body.map { piece in
            try client?.countBytes(piece.readableBytes)
            return piece
        }
        let file = try await service.receiveTrial(body)
        let trial = try await turns.take(for: context.clientName) {
            try await service.tryTransforms(file, page: page, pipeline, query)
        }
        var headers = HTTPFields()
        headers[.contentType] = "image/png"
        headers[.cacheControl] = "no-store"
        headers[.tileworkImage] = Self.facts(trial.header)
        return Response(status: .ok, headers: headers, body: ResponseBody(shared: ByteBuffer(bytes: trial.png)))
    }

    /// Facts about a file, as an RFC 9651 dictionary.
    private static func facts(_ header: ImageHeader) -> String {
        let (size, pixels) = (header.size, header.pixelFormat)
        return "format=\(header.fileFormat.rawValue), width=\(size.width), height=\(size.height), "
            + "channels=\(pixels.channels), depth=\(pixels.depth.rawValue), pages=\(header.pageCount)"
    }
}

extension RegionQuery {
    private static let names = ["x", "y", "w", "h", "max"]
    fileprivate static let regionNames = QueryNames.these(names + ["format"])
    fileprivate static let trialNames = QueryNames.these(names + ["page", "transforms"])

    /// Parses `x`, `y`, `w`, `h` and `max`.
    /// - Parameter most: the largest `max`, in pixels.
    init(_ uri: URI, upTo most: Int) throws(ServiceError) {
        self.init()
        let place = 0...PixelSize.maximumSide - 1
        let length = 1...PixelSize.maximumSide
        x = try uri.number("x", in: place) ?? 0
        y = try uri.number("y", in: place) ?? 0
        width = try uri.number("w", in: length)
        height = try uri.number("h", in: length)
        side = try uri.number("max", in: 1...most) ?? Self.defaultSide
    }

    /// Parses the same, and `format`.
    init(_ uri: URI) throws(ServiceError) {
        try self.init(uri, upTo: Self.largestSide)
        guard let text = uri.queryParameters["format"] else { return }
        guard let known = Picture.Encoding(rawValue: String(text)) else {
            let names = Picture.Encoding.allCases.map(\.rawValue).joined(separator: ", ")
            throw ServiceError(.badRequest, "format is '\(text.prefix(40))'; there are \(names)")
        }
        encoding = known
    }
}

extension Response {
    /// An answer with a picture.
    /// - Parameter tag: the entity tag of a picture that never changes; `nil` for one of an unfinished job.
    static func picture(_ picture: Picture, tag: String?, _ request: Request) -> Response {
        var headers = HTTPFields()
        if let tag {
            headers[.eTag] = "\"\(tag)\""
            headers[.cacheControl] = "private, max-age=31536000, immutable"
            if request.knows("\"\(tag)\"") { return Response(status: .notModified, headers: headers) }
        } else {
            headers[.cacheControl] = "no-store"
        }
        headers[.contentType] = "image/\(picture.encoding.rawValue)"
        headers[.xContentTypeOptions] = "nosniff"
        return Response(status: .ok, headers: headers, body: ResponseBody(shared: picture.file))
    }
}
