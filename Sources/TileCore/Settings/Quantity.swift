/// Parses amounts with units from the command line.
public enum Quantity {
    /// Parses a duration such as `90s`, `30m`, `12h` or `7d`; `nil` for anything else and for zero.
    public static func duration(_ text: String) -> Duration? {
        let units = ["s": 1, "m": 60, "h": 3600, "d": 86400]
        return number(text, units: units).map { .seconds($0) }
    }

    /// Parses bytes such as `500MB` or `20GB` (powers of 1000) or `1GiB` (powers of 1024); `nil` for anything else and
    /// for zero.
    public static func bytes(_ text: String) -> Int? {
        let units = [
            "B": 1, "kB": 1000, "KB": 1000, "MB": 1_000_000, "GB": 1_000_000_000, "TB": 1_000_000_000_000,
            "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
        ]
        return number(text, units: units)
    }

    private static func number(_ text: String, units: [String: Int]) -> Int? {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard let unit = units[String(text.dropFirst(digits.count))], let count = Int(digits), count > 0 else {
            return nil
        }
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        return overflow ? nil : product
    }
}
