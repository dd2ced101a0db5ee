/// A page with places that each answer fills in.
struct PageTemplate: Sendable {
    private let start: String
    /// Each place, and the text behind it.
    private let pieces: [(place: String, text: String)]

    /// - Parameter html: in which `{{name}}` is a place.
    init(_ html: String) {
        let parts = html.split(separator: "{{", omittingEmptySubsequences: false)
        start = String(parts[0])
        pieces = parts.dropFirst().map { part in
            let halves = part.split(separator: "}}", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(halves[0]), halves.count > 1 ? String(halves[1]) : "")
        }
    }

    /// - Parameter parts: markup by the name of its place. Places in it are not filled in.
    func filled(_ parts: [String: String]) -> String {
        pieces.reduce(into: start) { html, piece in html += (parts[piece.place] ?? "") + piece.text }
    }
}
