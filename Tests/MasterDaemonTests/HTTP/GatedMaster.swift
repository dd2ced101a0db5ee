import Foundation
import Hummingbird
import HummingbirdTesting
import TileCore

@testable import MasterDaemon

/// Runs a test with a client of the whole router, with the real service and its own keys.
func withGatedMaster(
    isPrivate: Bool = false, isSecure: Bool = false, issuer: (any TokenVerifier)? = nil,
    now: @escaping @Sendable () -> Double = Uptime.seconds,
    _ body: @Sendable @escaping (any TestClientProtocol, RouteTable, Gate, ServiceBench) async throws -> Void
) async throws {
    try await withMaster(
        gate: { try Gate.ofTest($0, issuer: issuer, isPrivate: isPrivate, isSecure: isSecure, now: now) }, body)
}

/// Runs a test with such a client, and with the gate that `gate` makes for the data directory.
func withMaster(
    gate: @Sendable @escaping (_ folder: String) throws -> Gate,
    _ body: @Sendable @escaping (any TestClientProtocol, RouteTable, Gate, ServiceBench) async throws -> Void
) async throws {
    let (bench, fleet) = (try ServiceBench(), FakeFleet())
    try await bench.running { service in
        let views = ViewMaker(service: service, fleet: fleet, health: fleet)
        let gate = try gate(service.files.root.path)
        let server = WebServer(
            host: "127.0.0.1", port: 0, views: views,
            feed: EventFeed(views: views, version: "1", logger: .silent),
            cluster: ClusterDescription(
                bootstrapServers: "none:1", group: "g", topics: TopicNames(), properties: [:]),
            gate: gate, logger: .silent, whenRunning: { _ in })
        let (router, table) = server.routes()
        try await Application(router: router, logger: .silent).test(.router) {
            try await body($0, table, gate, bench)
        }
    }
}
