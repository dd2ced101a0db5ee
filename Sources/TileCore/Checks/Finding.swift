/// A finding of a check: one line of the report.
public struct Finding: Sendable, Hashable {
    public enum Verdict: Sendable, Hashable {
        case ok
        /// The subject works, but not as it should.
        case warning
        /// The subject does not work until something on this host is changed.
        case fault
        /// The subject does not work now, because of a problem elsewhere or a transient one.
        case outage
    }

    /// What was checked, as in "data directory".
    public let subject: String
    public let verdict: Verdict
    public let text: String
    /// What to do; `nil` if there is nothing to do.
    public let remedy: String?

    private init(_ subject: String, _ verdict: Verdict, _ text: String, _ remedy: String?) {
        self.subject = subject
        self.verdict = verdict
        self.text = text
        self.remedy = remedy
    }

    public static func ok(_ subject: String, _ text: String) -> Finding { Finding(subject, .ok, text, nil) }

    public static func warning(_ subject: String, _ text: String, do remedy: String? = nil) -> Finding {
        Finding(subject, .warning, text, remedy)
    }

    public static func fault(_ subject: String, _ text: String, do remedy: String? = nil) -> Finding {
        Finding(subject, .fault, text, remedy)
    }

    public static func outage(_ subject: String, _ text: String, do remedy: String? = nil) -> Finding {
        Finding(subject, .outage, text, remedy)
    }

    /// The line for the report: verdict, subject, text and remedy.
    public var line: String {
        let word =
            switch verdict {
            case .ok: "ok      "
            case .warning: "warning "
            case .fault, .outage: "FAILED  "
            }
        let words = "\(word) \(subject): \(text)" + (remedy.map { "; to fix it: \($0)" } ?? "")
        return words.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}
