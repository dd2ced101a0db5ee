import Foundation
import Testing

@testable import TileCore

@Suite struct ImageHeaderTests {
    @Test func manifestIsComplete() throws {
        let listed = HeaderFixtures.all.decoded.map(\.file) + HeaderFixtures.all.refused.map(\.file)
        let directory = try HeaderFixtures.url(of: "manifest.json").deletingLastPathComponent().path
        let present = try FileManager.default.contentsOfDirectory(atPath: directory)
        #expect(Set(present).subtracting(["manifest.json"]) == Set(listed))
        #expect(listed.count > 150)
        #expect(Set(HeaderFixtures.all.decoded.map(\.format)) == Set(ImageFileFormat.allCases))
    }

    @Test(arguments: HeaderFixtures.all.decoded)
    func predictsWhatOpenCVDecodes(_ fixture: HeaderFixtures.Decoded) throws {
        let header = try ImageHeader.read(path: HeaderFixtures.url(of: fixture.file).path)
        #expect(header.fileFormat == fixture.format)
        #expect(header.size == PixelSize(width: fixture.width, height: fixture.height))
        #expect(header.pixelFormat.depth.rawValue == fixture.depth)
        #expect(header.pixelFormat.channels == fixture.channels)
        #expect(header.orientation == fixture.orientation)
    }

    /// The manifest is older than the OpenCV that is linked; decoding into another size or type is an error.
    @Test(arguments: HeaderFixtures.all.decoded)
    func decodesAsPredicted(_ fixture: HeaderFixtures.Decoded) throws {
        let image = try decoded(HeaderFixtures.url(of: fixture.file).path)
        #expect(image.size == PixelSize(width: fixture.width, height: fixture.height))
        #expect(image.format.channels == fixture.channels)
    }

    @Test(arguments: HeaderFixtures.all.refused)
    func refusesWhatOpenCVGetsWrong(_ fixture: HeaderFixtures.Refused) throws {
        let result = try HeaderFile(HeaderFixtures.bytes(of: fixture.file)).header
        #expect(result.code?.rawValue == fixture.code, "OpenCV: \(fixture.openCV)")
    }

    /// Every file says where it ends, so no beginning of it passes for the whole.
    @Test(arguments: HeaderFixtures.all.decoded)
    func everyPrefixIsTruncated(_ fixture: HeaderFixtures.Decoded) throws {
        // What follows the image's end in these may be missing.
        guard !["trailing", "multi-picture"].contains(fixture.file.split(separator: ".").first) else { return }
        let bytes = try HeaderFixtures.bytes(of: fixture.file)
        let file = try HeaderFile(bytes)
        for length in (1..<bytes.count).reversed() where length < 150 || length > bytes.count - 60 || length % 7 == 0 {
            try file.truncate(to: length)
            #expect(file.header.code == .truncated, "\(length) of \(bytes.count) bytes")
        }
    }

    @Test(arguments: [
        ("", "empty"), ("plain text, and more of it", "not an image"), ("GIF89a\u{1}\0\u{1}\0", "GIF"),
        ("%PDF-1.7\n", "PDF"), ("\0\0\0\u{18}ftypheic\0\0\0\0", "HEIC"), ("\0\0\0\u{1c}ftypavif", "AVIF"),
        ("RIFF\u{24}\0\0\0WAVEfmt ", "not an image"), ("<svg xmlns='x'/>", "SVG"),
    ])
    func namesTheFormatsForOtherFiles(_ content: String, _ word: String) throws {
        let result = try header(of: Array(content.utf8))
        guard case .failure(let error) = result else {
            Issue.record("'\(content)' was taken for an image")
            return
        }
        #expect(error.code == .notAnImage)
        #expect(error.reason.contains(word))
        for name in ["PNG", "JPEG", "BMP", "TIFF", "WebP"] { #expect(error.description.contains(name)) }
    }

    @Test func unreadablePaths() throws {
        let directory = FileManager.default.temporaryDirectory.path
        for path in [directory, directory + "/no-such-file-\(UUID().uuidString)", "/dev/null", ""] {
            #expect(throws: ImageHeaderError.self) { try ImageHeader.read(path: path) }
            let result = Result { () throws(ImageHeaderError) in try ImageHeader.read(path: path) }
            #expect(result.code == .unreadable, "\(path)")
        }
    }
}
