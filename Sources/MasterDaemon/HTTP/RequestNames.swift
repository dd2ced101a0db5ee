import Hummingbird
import HummingbirdCore

/// The names that a query or a form may have. Any other is refused: nothing would be done with it, and most are misspelt.
struct RequestNames: Sendable {
    /// "parameter" or "field".
    let kind: String
    let known: [String]

    func check(_ name: some StringProtocol) throws(ServiceError) {
        guard !known.contains(String(name)) else { return }
        throw ServiceError(
            .badRequest, field: String(name.prefix(40)),
            "there is no \(kind) '\(name.prefix(40))'; there are \(known.joined(separator: ", "))")
    }
}

extension URI {
    /// Refuses all parameters but these.
    func allow(_ known: [String]) throws(ServiceError) {
        let names = RequestNames(kind: "parameter", known: known)
        for (name, _) in queryParameters { try names.check(name) }
    }

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
