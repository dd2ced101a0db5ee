import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// The routes of `/api/v1/jobs`.
struct JobRoutes: Sendable {
    let views: ViewMaker
    let finder: JobFinder
    let memory: AnswerMemory
    let turns: ClientTurns

    /// The longest `wait`, in seconds. It is below the idle time limits of connections, here and in usual proxies.
    private static let longestWait = 50

    private var service: JobService { views.service }

    func add(to api: GuardedRoutes) {
        let (jobs, gate) = (api.group("jobs"), api.gate)
        jobs.post("", for: .operator, as: .submit, query: .these(JobRequest.names)) { request, context in
            try await submit(request, context, gate) { try await $0.receive(request) }
        }
        jobs.post("raw", for: .operator, as: .submit, query: .these(JobRequest.names)) { request, context in
            try await submit(request, context, gate) { try await $0.receiveBody(request) }
        }
        jobs.get("", for: .viewer, query: .these(JobQuery.names)) { request, context in
            try await list(request, context.asker())
        }
        jobs.get(":id", for: .viewer, query: ["wait"]) { request, context in
            let seconds = try request.uri.number("wait", in: 0...Self.longestWait) ?? 0
            return try await show(service.job(finder.id(context), finalWithin: .seconds(seconds)))
        }
        jobs.get(":id/tiles", for: .viewer) { _, context in
            try await context.counted(JSONBody.response(views.tiles(finder.job(context))), in: memory)
        }
        jobs.get(":id/timeline", for: .viewer) { _, context in
            let job = try await finder.job(context)
            return JSONBody.response(TimelineView(job, try await service.store.events(of: job.jobID)))
        }
        jobs.get(":id/preview", for: .viewer, query: ["max"]) { request, context in
            let id = try await finder.id(context)
            return try await context.counted(
                turns.take(for: context.clientName) { try await preview(id, request) }, in: memory)
        }
        jobs.get(":id/source", for: .viewer) { request, context in
            try await source(finder.job(context)).response(to: request, context: context)
        }
        jobs.get(":id/result", for: .viewer) { request, context in
            try await result(finder.job(context)).response(to: request, context: context)
        }
        jobs.post(":id/cancel", for: .operator, as: .cancel) { _, context in
            try await show(service.cancel(finder.id(context)))
        }
        jobs.post(":id/retry", for: .operator, as: .retry) { _, context in
            try await show(service.retry(finder.id(context)), status: .accepted)
        }
        jobs.delete(":id", for: .operator, as: .delete) { _, context in
            try await service.delete(finder.deletable(context))
            return Response(status: .noContent)
        }
    }

    private func submit(
        _ request: Request, _ context: MasterContext, _ gate: Gate,
        _ receive: (UploadReader) async throws -> JobRecord
    ) async throws -> Response {
        var reader = UploadReader(service: service, owner: try context.asker().owner, client: context.client)
        // The right is checked again after the upload, because the key may have been revoked meanwhile.
        let caller = context.caller(request)
        reader.checkRight = { _ = try await gate.admit(caller, for: .operator, isAgain: true) }
        let job = try await receive(reader)
        context.auditNote.set { $0.job = job.jobID }
        var response = try await show(job, status: .accepted)
        response.headers[.location] = "/api/v1/jobs/\(job.jobID)"
        return response
    }

    private func show(_ job: JobRecord, status: HTTPResponse.Status = .ok) async throws -> Response {
        JSONBody.response(await views.job(job), status: status)
    }

    private func list(_ request: Request, _ principal: Principal) async throws -> Response {
        var query = try JobQuery(request.uri, owner: finder.policy.onlyOwner(for: principal))
        let limit = query.limit
        // One more job than requested shows whether there is another page.
        query.limit += 1
        let found = try await service.store.jobs(query)
        let page = Array(found.prefix(limit))
        let next = found.count > limit ? page.last.map { JobCursor($0, query.sort).text } : nil
        return JSONBody.response(JobList(jobs: await views.jobs(page), nextCursor: next))
    }

    private func preview(_ id: JobID, _ request: Request) async throws -> Response {
        let side = try request.uri.number("max", in: 1...PreviewMaker.side) ?? PreviewMaker.side
        let (picture, isFinal) = try await service.preview(id, side: side)
        return Response.picture(picture, tag: isFinal ? "\(id)-preview-\(side)" : nil, request)
    }

    private func source(_ job: JobRecord) -> FileResponse {
        FileResponse(
            path: service.files.source(job.jobID), bytes: job.sourceBytes, mediaType: job.sourceFormat.mediaType,
            tag: "\(job.jobID)-source", filename: Self.name(of: job))
    }

    /// The source's original name. The extension of its format is appended if the name has another one, because a
    /// system could run a file by its extension.
    private static func name(of job: JobRecord) -> String {
        let known = ImageFileFormat(fileExtension: (job.filename as NSString).pathExtension)
        return known == job.sourceFormat ? job.filename : "\(job.filename).\(job.sourceFormat.fileExtension)"
    }

    private func result(_ job: JobRecord) throws(ServiceError) -> FileResponse {
        guard let name = job.outputPath, let bytes = job.outputBytes else {
            let why = job.error.map { ": \($0)" } ?? ""
            throw ServiceError(.wrongState, "the job is \(job.status.rawValue) and has no result\(why)")
        }
        return FileResponse(
            path: service.files.path(name), bytes: bytes, mediaType: job.format.mediaType,
            tag: "\(job.jobID)-result-\(bytes)", filename: job.resultName)
    }
}
