import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// The status of the master, its workers and its cluster.
struct StatusRoutes: Sendable {
    let views: ViewMaker
    let cluster: ClusterDescription
    let gate: Gate

    func add(to api: GuardedRoutes) {
        api.get("workers", for: .viewer) { _, _ in JSONBody.response(WorkerList(workers: try await views.workers())) }
        api.post("workers/:name/drain", for: .admin, as: .drain) { _, context in
            try await drain(context.parameters.require("name"))
        }
        api.delete("workers/:name", for: .admin, as: .forgetWorker) { _, context in
            try await forget(context.parameters.require("name"))
        }
        api.get("transforms", for: .viewer) { _, _ in
            JSONBody.response(TransformList(transforms: TransformCatalogue.descriptors.map(TransformView.init)))
        }
        api.get("limits", for: .viewer) { _, _ in JSONBody.response(LimitsView(views.service.intake.limits)) }
        api.get("statistics", for: .viewer) { _, _ in JSONBody.response(try await views.statistics()) }
        api.get("sample", for: .viewer) { _, _ in
            var headers = HTTPFields()
            headers[.contentType] = "image/jpeg"
            headers[.cacheControl] = "max-age=86400"
            return Response(
                status: .ok, headers: headers,
                body: ResponseBody(shared: try await views.service.sample().file))
        }
        api.get("cluster", for: .worker) { _, _ in JSONBody.response(cluster) }
    }

    private func drain(_ id: String) async throws -> Response {
        _ = try await views.worker(id)
        guard views.fleet.drain(id) else {
            throw ServiceError(.wrongState, "worker \(id) is offline and cannot be drained")
        }
        return JSONBody.response(try await views.worker(id), status: .accepted)
    }

    private func forget(_ id: String) async throws -> Response {
        _ = try await views.worker(id)
        guard try await views.fleet.forget(id) else {
            throw ServiceError(.wrongState, "worker \(id) is online; drain it first")
        }
        return Response(status: .noContent)
    }

    func addProbes(to routes: GuardedRoutes) {
        routes.get("livez", for: .anyone) { _, _ in JSONBody.response(["status": "ok"]) }
        routes.get("readyz", for: .anyone) { _, _ in
            // Not ready if the keys cannot be read, because all requests are refused then.
            _ = try gate.look().get()
            if let reason = await views.reasonNotReady() { throw ServiceError(.notReady, reason) }
            return JSONBody.response(["status": "ok"])
        }
    }
}
