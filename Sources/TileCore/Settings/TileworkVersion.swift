/// The version of this release.
public enum TileworkVersion {
    public static let current = "0.1.0"
}
