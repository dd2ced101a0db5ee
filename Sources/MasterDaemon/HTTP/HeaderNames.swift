import HTTPTypes

extension Optional where Wrapped == HTTPField.Name {
    /// For names that are known to be well-formed.
    var unwrapped: HTTPField.Name {
        guard let self else { preconditionFailure("a header name with characters that no header name has") }
        return self
    }
}
