import TileCore

/// The master's limits and choices, so that clients can refuse what the master would refuse.
struct LimitsView: Encodable, Sendable {
    struct Format: Encodable {
        let name: ImageFileFormat
        let mediaType: String
        let `extension`: String
        /// The options by name, each with the compressions that it applies to; an empty list means all.
        let options: [String: [OutputEncoding.Compression]]
        let holdsAlpha: Bool
        let maximumSide: Int

        enum CodingKeys: String, CodingKey {
            case name, `extension`, options
            case mediaType = "media_type"
            case holdsAlpha = "holds_alpha"
            case maximumSide = "maximum_side"
        }
    }

    let minimumSide: Int
    let maximumPixels: Int
    let maximumBytes: Int
    let tileSize: Int
    let maximumSteps: Int
    let trialBytes: Int
    let trialPixels: Int
    let formats: [Format]

    enum CodingKeys: String, CodingKey {
        case formats
        case minimumSide = "minimum_side"
        case maximumPixels = "maximum_pixels"
        case maximumBytes = "maximum_bytes"
        case tileSize = "tile_size"
        case maximumSteps = "maximum_steps"
        case trialBytes = "trial_bytes"
        case trialPixels = "trial_pixels"
    }

    init(_ limits: IntakeLimits) {
        minimumSide = limits.minimumSide
        maximumPixels = limits.maximumPixels
        maximumBytes = limits.maximumBytes
        tileSize = limits.tileSize
        maximumSteps = Pipeline.maximumSteps
        trialBytes = JobService.trialBytes
        trialPixels = JobService.trialPixels
        formats = ImageFileFormat.allCases.map { format in
            Format(
                name: format, mediaType: format.mediaType, extension: format.fileExtension,
                options: Dictionary(
                    uniqueKeysWithValues: OutputOption.allCases.compactMap { option in
                        option.uses[format].map { (option.rawValue, $0) }
                    }),
                holdsAlpha: format.canHold(.bgra(.eight)),
                maximumSide: format.maximumSide)
        }
    }
}
