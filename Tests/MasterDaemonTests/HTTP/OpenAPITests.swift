import ArgumentParser
import Foundation
import Hummingbird
import Logging
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

/// The API's description has exactly the routes of the master.
@Suite struct OpenAPITests {
    private static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// The routes of the master, such as `GET /api/v1/jobs/{id}`, with their required roles.
    private func routes() async throws -> [String: String] {
        let (router, table) = try await server()
        #expect(throws: Never.self) { try router.validate() }
        let routes = Set(
            router.routes.filter { $0.method != .head }.map {
                "\($0.method.rawValue) \(Self.described($0.path.description))"
            })
        let declared = Dictionary(
            uniqueKeysWithValues: table.all.map {
                ("\($0.method.rawValue) \(Self.described($0.path))", $0.need.rawValue)
            })
        // Fails if a route was added to the router without the gate.
        #expect(routes == Set(declared.keys))
        return declared
    }

    private func table() async throws -> RouteTable { try await server().table }

    private func server() async throws -> (router: Router<MasterContext>, table: RouteTable) {
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
            cluster: master.cluster.description, gate: try .ofTest(folder.url.path), logger: Self.silent,
            whenRunning: { _ in })
        let routes = server.routes()
        await master.close()
        return routes
    }

    /// A path in OpenAPI's form.
    private static func described(_ path: String) -> String {
        "/"
            + path.split(separator: "/").map {
                $0 == "**" ? "{path}" : $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0)
            }
            .joined(separator: "/")
    }

    private func described() throws -> [String: String] {
        let methods: Set<String> = ["get", "put", "post", "delete", "patch", "head", "options", "trace"]
        let paths = try SchemaCheck().at("paths") as? [String: [String: Any]] ?? [:]
        let all = paths.flatMap { path, item in
            item.filter { methods.contains($0.key) }.map { method, operation in
                (
                    "\(method.uppercased()) \(path)",
                    (operation as? [String: Any])?["x-tilework-role"] as? String ?? "none"
                )
            }
        }
        return Dictionary(uniqueKeysWithValues: all)
    }

    /// The pages and the log-in, which are not part of the API.
    private static let pages = [
        "GET /": "viewer", "GET /dashboard": "viewer", "GET /jobs/{id}": "viewer", "GET /api": "viewer",
        "GET /assets/{version}/{path}": "anyone", "GET /login": "anyone", "POST /login": "anyone",
        "GET /login/oidc": "anyone", "GET /login/oidc/callback": "anyone", "POST /logout": "anyone",
    ]

    @Test func everyRouteIsDescribedAndTheOtherWayRound() async throws {
        let (all, described) = (try await routes(), try described())
        #expect(all.filter { Self.pages.keys.contains($0.key) } == Self.pages, "pages")
        let routes = all.filter { !Self.pages.keys.contains($0.key) }
        #expect(Set(routes.keys).subtracting(described.keys).isEmpty, "routes that are not described")
        #expect(Set(described.keys).subtracting(routes.keys).isEmpty, "described routes that do not exist")
        #expect(routes == described, "roles")
    }

    /// The parameters of each route equal those of the description.
    @Test func everyRouteTakesTheParametersThatAreDescribed() async throws {
        let table = try await table()
        let check = try SchemaCheck()
        let paths = check.at("paths") as? [String: [String: Any]] ?? [:]
        func names(_ node: Any?) -> [String] {
            (node as? [Any] ?? []).compactMap { entry -> String? in
                var entry = entry as? [String: Any]
                if let reference = entry?["$ref"] as? String {
                    let path = reference.split(separator: "/").dropFirst().map(String.init)
                    entry = path.reduce(check.document as Any?) { ($0 as? [String: Any])?[$1] } as? [String: Any]
                }
                return entry?["in"] as? String == "query" ? entry?["name"] as? String : nil
            }
        }
        for route in table.all {
            guard case .these(let taken) = route.names else { continue }
            // This route is described for forms. If the body is the image itself, it takes the parameters of `raw`.
            let path = route.method == .post && route.path == "/api/v1/jobs" ? "/api/v1/jobs/raw" : route.path
            let item = paths[Self.described(path)]
            let operation = item?[route.method.rawValue.lowercased()] as? [String: Any]
            let described = names(item?["parameters"]) + names(operation?["parameters"])
            #expect(Set(taken) == Set(described), "\(route.method) \(route.path)")
        }
    }

    /// The description is also served as JSON, with the same content.
    @Test func theJSONIsTheYAML() throws {
        let json = try OpenAPIDocument.json.get()
        let read = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? NSDictionary
        #expect(read == (try SchemaCheck().document as NSDictionary))
        // The keys have the order of the YAML.
        let names = ["\"openapi\":", "\"info\":", "\"paths\":", "\"components\":"].map { json.firstRange(of: $0) }
        #expect(names.allSatisfy { $0 != nil })
        #expect(names.compactMap { $0?.lowerBound } == names.compactMap { $0?.lowerBound }.sorted())
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

    /// The text of each option names exactly the formats and compressions that take it.
    @Test(arguments: OutputOption.allCases) func eachOptionNamesItsFormats(_ option: OutputOption) throws {
        let schema = option.rawValue.prefix(1).uppercased() + option.rawValue.dropFirst()
        let document = try SchemaCheck()
        let text = try #require(document.at("components", "schemas", schema, "description") as? String)
        #expect(Set(ImageFileFormat.allCases.filter { text.contains($0.name) }) == Set(option.uses.keys))
        let compressions = option.uses.values.flatMap(\.self)
        for compression in OutputEncoding.Compression.allCases {
            #expect(text.contains("`compression=\(compression.rawValue)`") == compressions.contains(compression))
        }
        // An option that does not fit is refused, never ignored.
        #expect(!text.contains("pass over") && !text.contains("ignore"))
    }

    /// `strip` keeps more than the profile, and the text has to say so.
    @Test func theTextsOfMetadataNameWhatStays() throws {
        let document = try SchemaCheck()
        let text = try #require(document.at("components", "schemas", "Metadata", "description") as? String)
        for policy in MetadataPolicy.allCases { #expect(text.contains("`\(policy.rawValue)`")) }
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("color profiles, and PNG's chunks about color in a PNG"))
    }

    @Test func operationNamesAreUnique() throws {
        let paths = try SchemaCheck().at("paths") as? [String: [String: Any]] ?? [:]
        let names = paths.values.flatMap { item in
            item.values.compactMap { ($0 as? [String: Any])?["operationId"] as? String }
        }
        #expect(Set(names).count == names.count)
        #expect(names.count == (try described().count))
    }
}
