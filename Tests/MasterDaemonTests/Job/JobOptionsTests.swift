import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct JobOptionsTests {
    private func options(_ fields: [String: String]) throws(ServiceError) -> JobOptions {
        try JobOptions { fields[$0] }
    }

    @Test func nothingIsTheDefault() throws {
        #expect(try options([:]) == JobOptions())
        #expect(try options(["metadata": "", "page": ""]) == JobOptions())
        #expect(JobOptions().fingerprint.isEmpty)
        let encoding = JobOptions().encoding(.tiff, quality: nil)
        #expect(encoding == OutputEncoding(fileFormat: .tiff))
    }

    @Test func everyFieldIsReadAndKept() throws {
        let all = try options([
            "metadata": "Private", "page": "3", "background": "FFcc00", "progressive": "true", "subsampling": "444",
            "level": "9", "compression": "zstd", "tiled": "1",
        ])
        #expect(all.metadata == .private && all.page == 3 && all.background?.description == "ffcc00")
        #expect(try JSONDecoder().decode(JobOptions.self, from: JSONEncoder().encode(all)) == all)
        let encoding = all.encoding(.tiff, quality: 50)
        #expect(encoding.isProgressive && encoding.subsampling == .full && encoding.level == 9)
        #expect(encoding.compression == .zstd && encoding.tileSide == 512 && encoding.quality == 50)
    }

    @Test(arguments: [
        ("metadata", "some"), ("page", "-1"), ("page", "x"), ("background", "fff"), ("background", "+fffff"),
        ("progressive", "perhaps"), ("subsampling", "422"), ("level", "0"), ("level", "10"), ("compression", "lzma"),
        ("tiled", "2"),
    ])
    func whatIsNoneOfItsValuesIsRefused(name: String, value: String) {
        let error = #expect(throws: ServiceError.self) { try options([name: value]) }
        #expect(error?.code == .badRequest && error?.detail.contains("\(name) is '\(value)'") == true)
        #expect(error?.field == name)
    }

    @Test(arguments: [
        (["progressive": "true"], ImageFileFormat.png), (["subsampling": "444"], .webp), (["level": "3"], .jpeg),
        (["compression": "none"], .png), (["tiled": "true"], .bmp), (["level": "3"], .tiff),
    ])
    func whatMeansNothingToAFormatIsRefused(fields: [String: String], format: ImageFileFormat) throws {
        let options = try options(fields)
        let error = #expect(throws: ServiceError.self) { try options.check(for: format, .bgr(.eight)) }
        #expect(error?.field == fields.keys.first)
    }

    @Test func jpegInTIFFTakesEightBitsWithoutAlpha() throws {
        let options = try options(["compression": "jpeg"])
        try options.check(for: .tiff, .bgr(.eight))
        for pixels in [PixelFormat.bgr(.sixteen), .bgra(.eight)] {
            #expect(throws: ServiceError.self) { try options.check(for: .tiff, pixels) }
        }
    }
}
