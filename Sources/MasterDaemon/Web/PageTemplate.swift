/// A page with placeholders that are filled for each answer.
struct PageTemplate: Sendable {
    private let start: String
    /// The placeholders, each with the text after it.
    private let pieces: [(name: String, text: String)]

    /// - Parameter html: the page. `{{name}}` is a placeholder.
    init(_ html: String) {
        let parts = html.split(separator: "{{", omittingEmptySubsequences: false)
        start = String(parts[0])
        pieces = parts.dropFirst().map { part in
            let halves = part.split(separator: "}}", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(halves[0]), halves.count > 1 ? String(halves[1]) : "")
        }
    }

    /// - Parameter parts: the markup for each placeholder, by name. Placeholders inside the markup are not filled.
    func filled(_ parts: [String: String]) -> String {
        pieces.reduce(into: start) { html, piece in html += (parts[piece.name] ?? "") + piece.text }
    }
}
