import Hummingbird
import HummingbirdCore

/// The names that a query or a form may have. Any other is refused: nothing would be done with it, and most are misspelt.
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

/// The parameters that the query of a route may have, each once.
enum QueryNames: Sendable, Hashable {
    /// Pages take whatever other sites have added to a link.
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
    /// A whole number of the query; `nil` if it is not there.
    func number(_ name: String, in range: ClosedRange<Int>) throws(ServiceError) -> Int? {
        guard let text = queryParameters[Substring(name)] else { return nil }
        guard let value = Int(text), range.contains(value) else {
            throw ServiceError(
                .badRequest, "\(name) is '\(text.prefix(40))'; it takes \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }
}
