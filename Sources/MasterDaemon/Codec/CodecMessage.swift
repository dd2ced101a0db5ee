import Foundation
import TileCore

/// What the master asks of a codec process. Files come with it as descriptors, in this order: source, canvas, scratch,
/// output.
enum CodecRequest: Sendable, Codable {
    case header(page: Int?)
    case decode(JobOptions, size: PixelSize, format: PixelFormat)
    case encode(ResultEncoder, size: PixelSize, format: PixelFormat)
    #if DEBUG
        /// Tries what must be refused, and answers with the error as if it was a count of rows.
        case attempt(SandboxTrial)
    #endif
}

/// What a codec process says.
enum CodecAnswer: Sendable, Codable {
    /// It has shut itself in, and takes requests.
    case ready
    /// The request goes on: so many rows are complete from the top.
    case rows(Int)
    case header(ImageHeader)
    case done(notes: [String])
    /// The file cannot be opened as an image.
    case refused(ImageFileError)
    case failed(ImagingError)
    /// The request cannot be read.
    case misunderstood(String)
}

extension CodecRequest {
    /// How many descriptors come with it.
    var fileCount: Int {
        switch self {
        case .header: 1
        case .decode: 3
        case .encode: 4
        #if DEBUG
            case .attempt: 1
        #endif
        }
    }

    var bytes: [UInt8] { get throws { [UInt8](try JSONEncoder().encode(self)) } }
}

extension CodecAnswer {
    var bytes: [UInt8] { get throws { [UInt8](try JSONEncoder().encode(self)) } }

    /// Notes that a decoder which was taken over could send are limited, too.
    static func limited(_ notes: [String]) -> [String] { notes.prefix(64).map { String($0.prefix(500)) } }
}
