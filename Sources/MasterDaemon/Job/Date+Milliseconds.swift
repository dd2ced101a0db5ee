import Foundation

extension Date {
    /// Now, as the database keeps it: a time that was shown once is shown the same ever after.
    static func wholeMilliseconds() -> Date {
        // A little more than the whole number: dates are cut off when they become text, and most fractions have no
        // exact double.
        Date(timeIntervalSince1970: ((Date().timeIntervalSince1970 * 1000).rounded() + 0.01) / 1000)
    }
}
