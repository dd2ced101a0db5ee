import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// `/api/v1/keys` and `/api/v1/me`.
struct KeyRoutes: Sendable {
    let gate: Gate
    let disk: DiskPool
    let store: Store

    func add(to api: GuardedRoutes) {
        api.get("me", for: .viewer) { _, context in
            let principal = try context.asker()
            let ring = try await disk.run { [gate] in try gate.keys.ring() }
            let limits = context.client?.states(stored: try await store.unfinishedCount(of: principal.owner)) ?? []
            return JSONBody.response(MeView(principal, ring, limits: limits))
        }
        let keys = api.group("keys")
        keys.get("", for: .admin) { _, _ in
            let ring = try await disk.run { [gate] in try gate.keys.ring() }
            return JSONBody.response(KeyList(keys: ring.keys.map { KeyView($0, at: Date()) }))
        }
        keys.post("", for: .admin, as: .createKey) { request, context in
            try Self.checkIsKnown(context)
            let wanted = try await Self.body(NewKey.self, request)
            context.auditNote.set { $0.object = String(wanted.name.prefix(KeyRing.longestName)) }
            let now = Date.wholeSeconds()
            guard let role = Role(text: wanted.role) else {
                throw ServiceError(
                    .badRequest, field: "role", "role is '\(wanted.role.prefix(40))'; there are \(Role.names)")
            }
            let end = try wanted.expires.map { try KeyLifetime.end($0, "expires", from: now) }
            context.auditNote.set { ($0.grantedRole, $0.expires) = (role, end) }
            return try await change(status: .created) { ring in
                (wanted.name, try ring.create(wanted.name, role: role, expiresAt: end, now: now))
            }
        }
        keys.post(":name/rotate", for: .admin, as: .rotateKey) { request, context in
            let name = try context.parameters.require("name")
            let wanted = try await Self.body(Rotation.self, request)
            let seconds = try wanted.overlap.map { try KeyLifetime.seconds($0, "overlap") } ?? KeyRing.overlap
            let now = Date.wholeSeconds()
            let end = try wanted.expires.map { try KeyLifetime.end($0, "expires", from: now) }
            context.auditNote.set { $0.expires = end }
            return try await change(status: .ok) { ring in
                (name, try ring.rotate(name, overlap: seconds, expiresAt: end, now: now))
            }
        }
        keys.delete(":name", for: .admin, as: .revokeKey) { _, context in
            let name = try context.parameters.require("name")
            try await disk.run { [gate] in
                try gate.keys.update { try $0.revoke(name, now: Date.wholeSeconds()) }
            }
            return Response(status: .noContent)
        }
    }

    /// Changes the keys, and answers with the new secret, which is not shown again.
    private func change(
        status: HTTPResponse.Status, _ make: @escaping @Sendable (inout KeyRing) throws -> (String, APIKey)
    ) async throws -> Response {
        let (key, secret) = try await disk.run { [gate] in
            try gate.keys.update { ring in
                let (name, secret) = try make(&ring)
                guard let key = ring[name] else { throw ServiceError(.internalError, "the key was not made") }
                return (key, secret)
            }
        }
        return JSONBody.response(KeyView(key, at: Date(), secret: secret.text), status: status)
    }

    /// The first key locks out everybody else. So creating it requires access to the master's files.
    private static func checkIsKnown(_ context: MasterContext) throws {
        guard try context.asker().kind != .open else {
            throw ServiceError(
                .forbidden, "the first key is made on the master's machine: master-main keys create NAME --role admin")
        }
    }

    private static func body<Value: Decodable>(_ type: Value.Type, _ request: Request) async throws -> Value {
        let bytes = try await request.body.small()
        do {
            return try OutsideJSON.decode(
                type, from: bytes.readableBytes == 0 ? Array("{}".utf8) : Array(buffer: bytes))
        } catch DecodingError.keyNotFound(let key, _) {
            throw ServiceError(
                .badRequest, field: key.stringValue, "'\(key.stringValue)' is missing in the JSON object of the body")
        } catch {
            throw ServiceError(.badRequest, "the body is not a JSON object whose fields are texts")
        }
    }

    private struct NewKey: Decodable {
        let name: String
        let role: String
        let expires: String?
    }

    private struct Rotation: Decodable {
        let overlap: String?
        let expires: String?
    }
}
