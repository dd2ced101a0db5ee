import Foundation
import TileCore

/// How long a key lasts, as people write it.
enum KeyLifetime {
    /// - Parameters:
    ///   - text: as in `90d`.
    ///   - field: what the caller calls it.
    static func end(_ text: String, _ field: String, from now: Date) throws(ServiceError) -> Date {
        now.addingTimeInterval(try seconds(text, field))
    }

    static func seconds(_ text: String, _ field: String) throws(ServiceError) -> Double {
        if text.hasPrefix("0"), ["", "s", "m", "h", "d"].contains(text.drop { $0 == "0" }) { return 0 }
        guard let time = Quantity.duration(text) else {
            throw ServiceError(
                .badRequest, field: field, "\(field) is '\(text.prefix(40))'; it takes a time such as 12h or 90d")
        }
        return time / .seconds(1)
    }
}
