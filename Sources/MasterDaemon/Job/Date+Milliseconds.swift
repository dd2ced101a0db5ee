import Foundation

extension Date {
    /// The current time in the database's precision, so that a time is always shown the same.
    static func wholeMilliseconds() -> Date { Date().nearestMillisecond }

    /// The current time in whole seconds, for files that people read.
    static func wholeSeconds() -> Date { Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down)) }

    /// This time, rounded to milliseconds and increased by 10 µs. Formatters cut off fractions of a millisecond, and most
    /// milliseconds have no exact double. Without the increase a formatted date could show the millisecond before.
    var nearestMillisecond: Date {
        Date(timeIntervalSince1970: ((timeIntervalSince1970 * 1000).rounded() + 0.01) / 1000)
    }
}
