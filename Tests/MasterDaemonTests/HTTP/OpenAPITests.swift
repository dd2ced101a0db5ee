import ArgumentParser
import Foundation
import Hummingbird
import Logging
import Testing
import TileCore

@testable import MasterDaemon

/// The description of the API names every route that there is, and no other.
@Suite struct OpenAPITests {
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// The routes of a master as it is put together, as in `GET /api/v1/jobs/{id}`.
    private func routes() async throws -> Set<String> {
        let folder = try TestFolder()
        var settings = try MasterSettings(
            engine: .parse([]), topics: .parse([]), localWorkers: 0, workersOption: "local-workers",
            dataDirectory: folder.url.path, limits: IntakeLimits(), environment: EnvironmentSettings([:]),
            defaultLevel: .critical)
        settings.codecProgram = builtMaster
        let master = try await Master(settings: settings, logger: Self.silent)
        let server = WebServer(
            host: "127.0.0.1", port: 0, views: master.views,
            feed: EventFeed(views: master.views, version: "1", logger: Self.silent),
            cluster: master.cluster.description, origins: try OriginRule(), logger: Self.silent, whenRunning: { _ in })
        let router = server.router()
        #expect(throws: Never.self) { try router.validate() }
        await master.close()
        return Set(
            router.routes.filter { $0.method != .head }.map { route in
                let path = route.path.description.split(separator: "/").map { $0 == "**" ? "{path}" : String($0) }
                return "\(route.method.rawValue) /" + path.joined(separator: "/")
            })
    }

    private func described() throws -> Set<String> {
        let methods: Set<String> = ["get", "put", "post", "delete", "patch", "head", "options", "trace"]
        let paths = try SchemaCheck().at("paths") as? [String: [String: Any]] ?? [:]
        return Set(
            paths.flatMap { path, item in
                item.keys.filter(methods.contains).map { "\($0.uppercased()) \(path)" }
            })
    }

    @Test func everyRouteIsDescribedAndTheOtherWayRound() async throws {
        let (routes, described) = (try await routes(), try described())
        #expect(routes.subtracting(described).isEmpty, "routes that are not described")
        #expect(described.subtracting(routes).isEmpty, "described and not there")
    }

    @Test func itIsOfItsVersions() throws {
        let check = try SchemaCheck()
        #expect(check.at("openapi") as? String == "3.1.0")
        #expect(check.at("info", "version") as? String == TileworkVersion.current)
    }

    @Test func everyReferenceLeadsSomewhere() throws {
        let check = try SchemaCheck()
        var dangling: [String] = []
        func walk(_ node: Any) {
            for item in node as? [Any] ?? [] { walk(item) }
            guard let object = node as? [String: Any] else { return }
            if let reference = object["$ref"] as? String {
                let path = reference.split(separator: "/").dropFirst().map(String.init)
                let target = path.reduce(check.document as Any?) { node, name in (node as? [String: Any])?[name] }
                if target == nil { dangling.append(reference) }
            }
            object.values.forEach(walk)
        }
        walk(check.document)
        #expect(dangling == [])
    }

    @Test func everyOperationHasANameOfItsOwn() throws {
        let paths = try SchemaCheck().at("paths") as? [String: [String: Any]] ?? [:]
        let names = paths.values.flatMap { item in
            item.values.compactMap { ($0 as? [String: Any])?["operationId"] as? String }
        }
        #expect(Set(names).count == names.count)
        #expect(names.count == (try described().count))
    }
}
