/// What becomes of the metadata of an image file.
public enum MetadataPolicy: String, Sendable, Hashable, Codable, CaseIterable {
    /// All of it goes into the result, as far as its format can hold it.
    case keep
    /// The same without positions, serial numbers, names of owners, maker notes and thumbnails.
    case `private`
    /// Only what pixels need to look right: the color profile, and PNG's chunks about color.
    case strip
}
