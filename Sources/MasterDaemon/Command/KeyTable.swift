import Foundation

/// Formats keys as a table for a terminal.
struct KeyTable {
    let keys: [KeyView]

    var text: String {
        guard !keys.isEmpty else {
            return "There are no keys. Make one with 'master-main keys create NAME --role admin'.\n"
        }
        let rows =
            [["NAME", "ROLE", "STATE", "CREATED", "EXPIRES", "LAST USED"]]
            + keys.map { key in
                [
                    key.name, key.role.rawValue, key.state.rawValue, Self.day(key.createdAt), Self.day(key.expiresAt),
                    Self.minute(key.lastUsedAt),
                ]
            }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let line = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }.joined(
                separator: "  ")
            return String(line.reversed().drop { $0 == " " }.reversed()) + "\n"
        }.joined()
    }

    private static func day(_ date: Date?) -> String {
        date?.formatted(.iso8601.year().month().day()) ?? "never"
    }

    private static func minute(_ date: Date?) -> String {
        date.map { String($0.formatted(.iso8601).prefix(16)).replacing("T", with: " ") + " UTC" } ?? "never"
    }
}
