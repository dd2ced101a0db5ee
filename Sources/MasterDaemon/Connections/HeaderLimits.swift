/// How large the header of a request may be.
enum HeaderLimits {
    /// Bytes of one field, and of the first line.
    static let field = 16 << 10
    /// Bytes of all fields.
    static let list = 32 << 10
    static let fields = 100
}
