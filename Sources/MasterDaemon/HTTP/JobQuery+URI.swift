import Foundation
import Hummingbird
import HummingbirdCore
import TileCore

extension JobQuery {
    /// The names of the query's parameters.
    static let names = [
        "status", "search", "batch", "worker", "created_from", "created_to", "sort", "order", "limit", "cursor",
    ]

    /// Parses the query of an address. Empty parameters count as absent, except for times and `limit`.
    /// - Parameter owner: only this owner's jobs; `nil` for all.
    init(_ uri: URI, owner: String?) throws(ServiceError) {
        self.init(owner: owner, limit: try uri.number("limit", in: 1...200) ?? 50)
        func text(_ name: String) -> String? {
            uri.queryParameters[Substring(name)].flatMap { $0.isEmpty ? nil : String($0) }
        }
        if let status = try Self.choice("status", text("status"), of: JobStatus.self) { statuses = [status] }
        search = String(text("search")?.prefix(200) ?? "")
        batch = try JobRequest.batch(text("batch"))
        worker = text("worker")
        from = try Self.time("created_from", uri.queryParameters["created_from"].map(String.init))
        to = try Self.time("created_to", uri.queryParameters["created_to"].map(String.init))
        sort = try Self.choice("sort", text("sort"), of: Sort.self) ?? .created
        isAscending = try Self.choice("order", text("order"), of: Order.self) == .ascending
        guard let place = text("cursor") else { return }
        guard let known = JobCursor(text: place), known.sort == sort else {
            throw ServiceError(.badRequest, "cursor does not belong to a list that is sorted by \(sort.rawValue)")
        }
        cursor = known
    }

    private enum Order: String, CaseIterable {
        case ascending = "asc"
        case descending = "desc"
    }

    private static func choice<T: RawRepresentable & CaseIterable>(
        _ name: String, _ text: String?, of type: T.Type
    ) throws(ServiceError) -> T? where T.RawValue == String {
        guard let text else { return nil }
        guard let known = T(rawValue: text) else {
            let names = T.allCases.map(\.rawValue).joined(separator: ", ")
            throw ServiceError(.badRequest, "\(name) is '\(text.prefix(40))'; it must be one of \(names)")
        }
        return known
    }

    /// Parses an RFC 3339 time.
    private static func time(_ name: String, _ text: String?) throws(ServiceError) -> Date? {
        guard let text else { return nil }
        let styles = [false, true].map { Date.ISO8601FormatStyle(includingFractionalSeconds: $0) }
        guard let time = styles.lazy.compactMap({ try? $0.parse(text) }).first else {
            throw ServiceError(
                .badRequest, "\(name) is '\(text.prefix(40))'; it takes a time such as 2026-05-01T00:00:00Z")
        }
        return time
    }
}
