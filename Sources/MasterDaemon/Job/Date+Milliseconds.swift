import Foundation

extension Date {
    /// Now, as the database keeps it: a time that was shown once is shown the same ever after.
    static func wholeMilliseconds() -> Date {
        Date(timeIntervalSince1970: (Date().timeIntervalSince1970 * 1000).rounded() / 1000)
    }
}
