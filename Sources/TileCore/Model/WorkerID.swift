/// The names that a worker may have.
public enum WorkerID {
    public static let maximumLength = 100

    /// The rule in words, for messages.
    public static let rule = "an id has 1 to 100 letters, digits, dots, underscores and hyphens"

    public static func isValid(_ id: String) -> Bool {
        (1...maximumLength).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
