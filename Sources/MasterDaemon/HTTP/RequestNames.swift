import Hummingbird
import HummingbirdCore

/// The names that a query or form may have. Others are refused, because they are usually misspelt and would have no
/// effect.
struct RequestNames: Sendable {
    /// "parameter" or "field".
    let kind: String
    let known: [String]

    func check(_ name: some StringProtocol) throws(ServiceError) {
        guard !known.contains(String(name)) else { return }
        guard !known.isEmpty else {
            throw ServiceError(
                .badRequest, field: String(name.prefix(40)),
                "there is no \(kind) '\(name.prefix(40))'; this takes none")
        }
        throw ServiceError(
            .badRequest, field: String(name.prefix(40)),
            "there is no \(kind) '\(name.prefix(40))'; there are \(known.joined(separator: ", "))")
    }
}

/// The parameters that a route's query may have, once each.
enum QueryNames: Sendable, Hashable {
    /// Pages accept any, because other sites may append parameters to links.
    case any
    case these([String])

    static let none = QueryNames.these([])

    func check(_ uri: URI) throws(ServiceError) {
        guard case .these(let known) = self else { return }
        let names = RequestNames(kind: "parameter", known: known)
        var seen: Set<Substring> = []
        for (name, _) in uri.queryParameters {
            try names.check(name)
            guard seen.insert(name).inserted else {
                throw ServiceError(
                    .badRequest, field: String(name.prefix(40)),
                    "the parameter '\(name.prefix(40))' is there twice; send it once")
            }
        }
    }
}

extension QueryNames: ExpressibleByArrayLiteral {
    init(arrayLiteral names: String...) { self = .these(names) }
}

extension URI {
    /// An integer of the query; `nil` if it is absent.
    func number(_ name: String, in range: ClosedRange<Int>) throws(ServiceError) -> Int? {
        guard let text = queryParameters[Substring(name)] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw ServiceError(
                .badRequest, "\(name) is '\(text.prefix(40))'; it takes \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
