import Foundation

extension Date {
    /// Now, as the database keeps it: a time that was shown once is shown the same ever after.
    static func wholeMilliseconds() -> Date { Date().nearestMillisecond }

    /// Now, as it stands in files that people read.
    static func wholeSeconds() -> Date { Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down)) }

    /// This time rounded to milliseconds, so that its text has the nearest one. What makes text of a date cuts off the
    /// rest of a millisecond, and most milliseconds have no exact double: without a little more than the whole number,
    /// a date that was read from text could become the millisecond before.
    var nearestMillisecond: Date {
        Date(timeIntervalSince1970: ((timeIntervalSince1970 * 1000).rounded() + 0.01) / 1000)
    }
}
