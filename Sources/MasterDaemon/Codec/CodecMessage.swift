import Foundation
import TileCodecs
import TileCore

/// A request of the master to a codec process. Its files are descriptors, in this order: source, canvas, scratch,
/// output, overviews.
enum CodecRequest: Sendable, Codable {
    case header(page: Int?)
    /// - threads: how many threads work in parallel. The process cannot see how many cores there are.
    /// - hasOverviews: whether a file for overviews comes with the request.
    case decode(JobOptions, size: PixelSize, format: PixelFormat, threads: Int, hasOverviews: Bool)
    /// Begins a result's file. Its rows follow in `rows` requests. The process answers each of them with the number of
    /// written rows, and the last one with `done`.
    case encode(ResultEncoder, size: PixelSize, format: PixelFormat, threads: Int, hasOverviews: Bool)
    /// Reads a part of an image's overviews into a canvas of the part's size. The source is the file of overviews.
    case overview(Overviews.Part, format: PixelFormat)
    /// Reads only some rows of the source, into a canvas of their size.
    /// - hasIndex: whether the file of overviews, which has the index of rows, comes with the request.
    case readRows(Range<Int>, page: Int?, size: PixelSize, format: PixelFormat, threads: Int, hasIndex: Bool)
    /// The number of rows, from the top, that are complete in the image to encode.
    case rows(Int)
    #if DEBUG
        /// Tries an action that must fail, and answers with the number of the error, as `rows`.
        case attempt(SandboxTrial)
    #endif
}

/// An answer of a codec process.
enum CodecAnswer: Sendable, Codable {
    /// The process is in its sandbox, and takes requests.
    case ready
    /// The request continues. This many rows are complete from the top.
    case rows(Int)
    case header(ImageHeader)
    /// - overviewFailure: why there are no overviews; `nil` if they are complete, or were not requested.
    case done(notes: [String], overviewFailure: String? = nil)
    /// The file cannot be opened as an image.
    case refused(ImageFileError)
    case failed(ImagingError)
    /// The request is not valid.
    case invalidRequest(String)
}

extension CodecRequest {
    /// How many descriptors come with the request.
    var fileCount: Int {
        switch self {
        case .header: 1
        case .decode(_, _, _, _, let hasOverviews): hasOverviews ? 4 : 3
        case .encode(_, _, _, _, let hasOverviews): hasOverviews ? 5 : 4
        case .overview: 2
        case .readRows(_, _, _, _, _, let hasIndex): hasIndex ? 3 : 2
        case .rows: 0
        #if DEBUG
            case .attempt: 1
        #endif
        }
    }

    var bytes: [UInt8] { get throws { [UInt8](try JSONEncoder().encode(self)) } }
}

extension CodecAnswer {
    var bytes: [UInt8] { get throws { [UInt8](try JSONEncoder().encode(self)) } }

    /// Limits the number and length of notes, because a hijacked decoder could send any.
    static func limited(_ notes: [String]) -> [String] {
        let most = 128
        let shown = notes.prefix(most).map(limited)
        return notes.count > most ? shown + ["and \(notes.count - most) more notes"] : shown
    }

    static func limited(_ note: String) -> String {
        let longest = 600
        return note.count > longest ? String(note.prefix(longest - 1)) + "…" : note
    }
}
