import TileCore

/// The form in which clients get a cursor and send it back. Clients need not understand this text.
extension JobCursor {
    /// Parses the `text` of a cursor; `nil` if it is not valid.
    init?(text: String) {
        let parts = text.split(separator: "~" as Character, omittingEmptySubsequences: false).map(String.init)
        guard let job = JobID(rawValue: parts[0]) else { return nil }
        if parts.count == 1 {
            self.init(job: job, sort: .created, value: "")
        } else {
            guard parts.count == 3, let sort = JobQuery.Sort(rawValue: parts[1]), sort != .created,
                let bytes = Base64URL.bytes(parts[2]), let value = String(validating: bytes, as: UTF8.self)
            else { return nil }
            self.init(job: job, sort: sort, value: value)
        }
    }

    /// The id, followed by the order and the value in Base64url unless the list is sorted by the id alone.
    var text: String {
        sort == .created ? job.rawValue : "\(job.rawValue)~\(sort.rawValue)~\(Base64URL.text(value.utf8))"
    }
}
