import Testing
import TileCore

@testable import MasterDaemon

@Suite struct OutputNameTests {
    @Test(arguments: [
        ("a.png", ImageFileFormat.png, "a.png"), ("x/a.JPEG", .jpeg, "a.JPEG"), ("a.tiff", .tiff, "a.tiff"),
        ("a.jpg", .png, "a.png"), ("a.tif", .jpeg, "a.jpg"), ("a", .png, "a.png"), ("scan.1", .png, "scan.1.png"),
        (".png", .png, ".png.png"), ("a.b.bmp", .webp, "a.b.webp"),
    ]) func aResultHasItsInputsName(_ input: String, _ format: ImageFileFormat, _ name: String) {
        #expect(OutputName.of(RawPath(input), as: format) == RawPath(name))
    }

    @Test func bytesStayWhatTheyAre() {
        let stem: [UInt8] = [0xE9, 0xFF] + Array("e\u{301}".utf8)
        #expect(
            OutputName.of(RawPath(stem + Array(".jpg".utf8)), as: .png) == RawPath(stem + Array(".png".utf8)))
    }
}
