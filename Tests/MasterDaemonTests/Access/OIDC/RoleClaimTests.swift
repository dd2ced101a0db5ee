import Testing
import TileCore

@testable import MasterDaemon

@Suite struct RoleClaimTests {
    private let claims: [String: JSONValue] = [
        "tilework_role": .string("viewer"),
        "groups": .array([.string("/staff"), .string("/tiles/ops"), .string("/tiles/root")]),
        "realm_access": .object(["roles": .array([.string("operator"), .string("uma_authorization")])]),
        "https://example.org/roles": .array([.string("admin")]),
        "odd": .array([.number(1), .string("admin")]), "flag": .bool(true),
    ]

    @Test(arguments: [
        ("tilework_role", Role.viewer), ("realm_access.roles", .operator), ("https://example.org/roles", .admin),
    ]) func theClaimHasTheRole(name: String, role: Role) {
        #expect(RoleClaim(name: name).role(in: claims) == role)
    }

    @Test(arguments: [
        "none", "groups", "odd", "flag", "realm_access", "realm_access.roles.x", "realm_access.", ".", "",
        "tilework_role.x",
    ]) func otherClaimsHaveNone(name: String) {
        #expect(RoleClaim(name: name).role(in: claims) == nil)
    }

    @Test func aMapSaysWhatValuesStandFor() throws {
        let map = try RoleClaim.map(["/tiles/ops=operator", "/staff=viewer", "a=b=ADMIN"])
        #expect(map == ["/tiles/ops": .operator, "/staff": .viewer, "a=b": .admin])
        #expect(RoleClaim(name: "groups", map: map).role(in: claims) == .operator)
        // With a map, the roles' own names have no meaning.
        #expect(RoleClaim(map: map).role(in: claims) == nil)
        for wrong in ["admin", "=admin", "x=king", "x=", ""] {
            #expect(throws: SettingsError.self) { try RoleClaim.map([wrong]) }
        }
    }

    @Test func roleNamesAreExact() {
        for value in ["Admin", "ADMIN", " admin", "admin ", "administrator"] {
            #expect(RoleClaim().role(in: ["tilework_role": .string(value)]) == nil)
        }
        #expect(RoleClaim().role(in: ["tilework_role": .array([.string("worker"), .string("viewer")])]) == .viewer)
    }
}
