import Foundation
import TileCodecs
import TileCore

/// What the master asks of a codec process. Files come with it as descriptors, in this order: source, canvas, scratch,
/// output, overviews.
enum CodecRequest: Sendable, Codable {
    case header(page: Int?)
    /// - threads: that work side by side. The process cannot see how many cores there are.
    /// - hasOverviews: a file for them is there.
    case decode(JobOptions, size: PixelSize, format: PixelFormat, threads: Int, hasOverviews: Bool)
    /// Begins a result's file, whose rows come as `rows` says. After each such word the process answers with the rows
    /// that are written, and after the last with `done`.
    case encode(ResultEncoder, size: PixelSize, format: PixelFormat, threads: Int, hasOverviews: Bool)
    /// Reads a part of an image's overviews, the source here, into a canvas of the part's size.
    case overview(Overviews.Part, format: PixelFormat)
    /// Reads some rows of the source without the others, into a canvas of their size.
    /// - hasIndex: the overviews, in which the index of the rows is, are there.
    case readRows(Range<Int>, page: Int?, size: PixelSize, format: PixelFormat, threads: Int, hasIndex: Bool)
    /// So many rows of the image to encode are complete from the top.
    case rows(Int)
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
    /// - overviewFailure: why there are no overviews; `nil` if they are complete, or if none were wanted.
    case done(notes: [String], overviewFailure: String? = nil)
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

    /// A decoder that was taken over could send any number of notes of any length.
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
