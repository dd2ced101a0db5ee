/// How much of an image file's metadata a result gets.
public enum MetadataPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// All of it, as far as the result's format can hold it.
    case keep
    /// All of it except positions, serial numbers, names of owners, maker notes and thumbnails.
    case `private`
    /// Only what pixels need to look right: the color profile, and PNG's chunks about color.
    case strip
}
