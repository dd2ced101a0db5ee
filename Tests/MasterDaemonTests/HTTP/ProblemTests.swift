import Foundation
import HTTPTypes
import Hummingbird
import Testing

@testable import MasterDaemon

@Suite struct ProblemTests {
    static let statuses: [ServiceError.Code: Int] = [
        .badRequest: 400, .notFound: 404, .foreignOrigin: 403, .upgradeRequired: 426, .methodNotAllowed: 405,
        .unauthenticated: 401, .forbidden: 403, .tooManyRequests: 429, .tooManyConnections: 503, .tooSlow: 408,
        .headerTooLarge: 431, .targetTooLong: 414, .unknownHost: 421, .wrongState: 409,
        .tooSmall: 422,
        .tooManyPixels: 422, .tooManyBytes: 413, .notAnImage: 415, .damagedImage: 422, .unsupportedImage: 415,
        .badTransforms: 422, .formatCannotHold: 422, .keyReused: 422, .rangeNotSatisfiable: 416, .queueFull: 503,
        .diskFull: 507, .notReady: 503, .busy: 503, .startup: 500, .internalError: 500,
    ]

    @Test(arguments: ServiceError.Code.allCases) func everyErrorHasItsStatus(code: ServiceError.Code) {
        let problem = Problem(ServiceError(code, "a detail"))
        #expect(problem.status == Self.statuses[code])
        #expect(problem.detail == "a detail")
        #expect(!problem.title.isEmpty)
    }

    @Test func everyErrorHasATypeOfItsOwn() {
        let types = ServiceError.Code.allCases.map { Problem(ServiceError($0, "")).type }
        #expect(Set(types).count == types.count)
        #expect(types.allSatisfy { $0.hasPrefix("urn:tilework:problem:") })
    }

    @Test func aProblemIsWrittenAsOne() async throws {
        let response = Response.problem(ServiceError(.notFound, "there is no job 1"))
        #expect(response.status == .notFound)
        #expect(response.headers[.contentType] == "application/problem+json")
        let text = try await response.bodyText()
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        #expect(keys(object ?? [:]) == ["type", "title", "status", "detail"])
        #expect(object?["type"] as? String == "urn:tilework:problem:not-found")
        #expect(object?["detail"] as? String == "there is no job 1")
    }

    @Test(arguments: ServiceError.Code.allCases) func transientErrorsHaveARetryTime(code: ServiceError.Code) {
        let response = Response.problem(ServiceError(code, "x"))
        #expect((response.headers[.retryAfter] != nil) == (code.status == .serviceUnavailable))
    }

    @Test func timesAreInUTCWithMilliseconds() async throws {
        let text = try await JSONBody.response([Date(timeIntervalSince1970: 1_700_000_000.25)]).bodyText()
        #expect(text.trimmingCharacters(in: .whitespacesAndNewlines) == "[\"2023-11-14T22:13:20.250Z\"]")
    }

    @Test func answersAreNotStored() {
        let response = JSONBody.response(["a/b": 1], status: .accepted)
        #expect(response.status == .accepted)
        #expect(response.headers[.contentType] == "application/json")
        #expect(response.headers[.cacheControl] == "no-store")
    }
}
