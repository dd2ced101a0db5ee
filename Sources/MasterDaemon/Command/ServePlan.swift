import TileCore

/// The settings of `serve`, validated.
struct ServePlan: Sendable {
    let settings: MasterSettings
    let host: String
    let port: Int
    let access: AccessSettings
    let origins: OriginRule
    let connections: ConnectionSettings
    /// A folder to read the pages from instead of the binary.
    let webFolder: String?
}
