import Foundation
import TileCore

/// Parses the lifetime of a key.
enum KeyLifetime {
    /// - Parameters:
    ///   - text: such as `90d`.
    ///   - field: the caller's name of the field, for errors.
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
