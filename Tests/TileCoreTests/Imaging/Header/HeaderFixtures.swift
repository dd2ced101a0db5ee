import Foundation
import Testing

@testable import TileCore

/// The files in `Fixtures/Headers` and what OpenCV 4.6 made of each: `manifest.json` is its word, not the parsers'.
struct HeaderFixtures: Decodable {
    let decoded: [Decoded]
    let refused: [Refused]

    /// A file that is to be accepted, and the image that OpenCV decoded from it.
    struct Decoded: Decodable, Sendable, CustomTestStringConvertible {
        let file: String
        let format: ImageFileFormat
        let width: Int
        let height: Int
        let depth: Int
        let channels: Int
        let orientation: Int

        var testDescription: String { file }
    }

    /// A file that is to be refused. `openCV` says what decoding does with it: it fails, or succeeds wrongly.
    struct Refused: Decodable, Sendable, CustomTestStringConvertible {
        let file: String
        let code: String
        let openCV: String

        var testDescription: String { file }
    }

    static let all: HeaderFixtures = {
        do {
            let manifest = try Data(contentsOf: url(of: "manifest.json"))
            return try JSONDecoder().decode(HeaderFixtures.self, from: manifest)
        } catch {
            Issue.record("the manifest of the header fixtures cannot be read: \(error)")
            return HeaderFixtures(decoded: [], refused: [])
        }
    }()

    static func url(of file: String) throws -> URL {
        try #require(Bundle.module.url(forResource: "Fixtures/Headers/\(file)", withExtension: nil))
    }

    static func bytes(of file: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url(of: file))) }
}

/// A file that a test writes over and over.
struct HeaderFile {
    let path: String
    private let folder: TemporaryFolder

    init(_ bytes: [UInt8]) throws {
        folder = try TemporaryFolder()
        path = folder.file("image")
        try write(bytes)
    }

    func write(_ bytes: [UInt8]) throws { try folder.write(bytes, to: "image") }

    func bytes() throws -> [UInt8] { try folder.bytes(of: "image") }

    func truncate(to length: Int) throws {
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.truncate(atOffset: UInt64(length))
        try handle.close()
    }

    /// The header, or why there is none.
    var header: Result<ImageHeader, ImageHeaderError> {
        Result { () throws(ImageHeaderError) in try ImageHeader.read(path: path) }
    }
}

/// What reading these bytes as a file gives.
func header(of bytes: [UInt8]) throws -> Result<ImageHeader, ImageHeaderError> { try HeaderFile(bytes).header }

extension Result<ImageHeader, ImageHeaderError> {
    var code: ImageHeaderError.Code? {
        guard case .failure(let error) = self else { return nil }
        return error.code
    }
}

extension [UInt8] {
    static func big(_ value: Int, _ bytes: Int) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * (bytes - 1 - $0))) }
    }

    static func little(_ value: Int, _ bytes: Int) -> [UInt8] { big(value, bytes).reversed() }

    /// These bytes with others put over them at `offset`.
    func overwriting(at offset: Int, with bytes: [UInt8]) -> [UInt8] {
        var copy = self
        copy.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
        return copy
    }
}
