import Testing
import TileCore

@testable import MasterDaemon

@Suite struct JobRequestTests {
    private func refusal(
        _ transforms: String? = "invert", format: String? = nil, quality: String? = nil, key: String? = nil
    ) -> ServiceError? {
        do throws(ServiceError) {
            _ = try JobRequest.of(transforms, format: format, quality: quality, key: key)
            return nil
        } catch {
            return error
        }
    }

    @Test func allFieldsAreRead() throws {
        let request = try JobRequest.of(
            "grayscale,blur:ksize=31", filename: "a.jpg", format: "WebP", quality: "100", key: "k")
        #expect(request.filename == "a.jpg")
        #expect(request.pipeline.description == "grayscale,blur:ksize=31")
        #expect(request.format == .webp)
        #expect(request.quality == 100)
        #expect(request.idempotencyKey == "k")
    }

    @Test func onlyTransformsAreNeeded() throws {
        let request = try JobRequest.of("invert", filename: nil, format: "", quality: "")
        #expect(request.filename == "image")
        #expect(request.format == nil)
        #expect(request.quality == nil)
        #expect(request.idempotencyKey == nil)
    }

    @Test(arguments: [nil, "", "warp", "blur:ksize=30", "invert,,invert", "[{}]"] as [String?])
    func invalidTransformsAreRefused(text: String?) {
        #expect(refusal(text)?.code == .badTransforms)
    }

    @Test(arguments: ["gif", "png ", ".png", "image/png"]) func invalidFormatIsRefused(text: String) {
        let error = refusal(format: text)
        #expect(error?.code == .badRequest)
        #expect(error?.detail.contains("png, jpeg, bmp, tiff, webp") == true)
    }

    @Test(arguments: ["0", "101", "-1", "9.5", "best", "٥"]) func invalidQualityIsRefused(text: String) {
        let error = refusal(quality: text)
        #expect(error?.code == .badRequest)
        #expect(error?.detail.contains("1 to 100") == true)
    }

    @Test func keyHasOneTo255Bytes() throws {
        #expect(try JobRequest.of(key: String(repeating: "k", count: 255)).idempotencyKey?.count == 255)
        for key in ["", String(repeating: "k", count: 256), String(repeating: "é", count: 128)] {
            #expect(refusal(key: key)?.code == .badRequest)
        }
    }

    @Test func messagesQuoteLongValuesInPart() {
        let long = String(repeating: "x", count: 5000)
        for error in [refusal(long), refusal(format: long), refusal(quality: long)] {
            #expect((error?.detail.count ?? .max) < 300)
        }
    }

    @Test(arguments: [
        ("photo.png", "photo.png"), ("C:\\My Pictures\\é.png", "é.png"), ("/etc/passwd", "passwd"),
        ("../../x.png", "x.png"), ("dir/", "dir"), ("a\u{0}b\r\nc\u{7F}\u{85}.png", "abc.png"), ("", "image"),
        ("///", "image"), ("\n", "image"), ("holiday\u{202E}gpj.exe", "holidaygpj.exe"), ("\u{2066}\u{200F}", "image"),
        ("a\"b;c.png", "a\"b;c.png"), ("日本\u{301}.png", "日本\u{301}.png"),
    ])
    func filenameIsItsLastPartWithoutControls(name: String, shown: String) throws {
        #expect(try JobRequest.of(filename: name).filename == shown)
    }

    @Test func longFilenameIsCut() throws {
        let marks = "a" + String(repeating: "\u{301}", count: 100_000)
        #expect(try JobRequest.of(filename: marks).filename.unicodeScalars.count == 200)
    }
}
