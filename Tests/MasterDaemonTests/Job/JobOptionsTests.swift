import Foundation
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

@Suite struct JobOptionsTests {
    private func options(_ fields: [String: String]) throws(ServiceError) -> JobOptions {
        try JobOptions { fields[$0] }
    }

    @Test func nothingIsTheDefault() throws {
        #expect(try options([:]) == JobOptions())
        #expect(try options(["metadata": "", "level": ""]) == JobOptions())
        #expect(throws: ServiceError.self) { try options(["page": ""]) }
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
        (["quality": "80"], .png), (["quality": "80"], .bmp), (["quality": "80"], .tiff),
        (["quality": "80", "compression": "deflate"], .tiff), (["background": "ffffff"], .webp),
        (["pyramid": "true"], .jpeg), (["subsampling": "420"], .tiff), (["level": "3", "compression": "zstd"], .tiff),
    ])
    func whatMeansNothingToAFormatIsRefused(fields: [String: String], format: ImageFileFormat) throws {
        let options = try options(fields)
        let error = #expect(throws: ServiceError.self) {
            try options.check(for: format, quality: fields["quality"].flatMap { Int($0) })
        }
        let name = try #require(fields.keys.first { $0 != "compression" || fields.count == 1 })
        #expect(error?.field == name && error?.code == .badRequest)
        #expect(try #require(error?.detail).hasPrefix("\(name) is for "))
    }

    /// `Tests/Codecs` tests the effects of the options on files.
    @Test func everyOptionIsForSomeFormatAndTheDefaultsAreForAll() throws {
        for format in ImageFileFormat.allCases {
            try JobOptions().check(for: format, quality: nil)
            try options(["progressive": "false", "tiled": "0", "pyramid": "no", "metadata": "strip", "page": "0"])
                .check(for: format, quality: nil)
        }
        #expect(OutputOption.allCases.allSatisfy { !$0.uses.isEmpty })
        #expect(Set(OutputOption.allCases.map(\.rawValue)).isSubset(of: JobOptions.names + ["quality"]))
        // Only formats without alpha need a background.
        #expect(Set(OutputOption.background.uses.keys) == Set(ImageFileFormat.allCases.filter { !$0.hasAlpha }))
        try options(["compression": "jpeg"]).check(for: .tiff, quality: 80)
        try options(["compression": "deflate", "level": "9"]).check(for: .tiff, quality: nil)
    }

    @Test func theReasonSaysWhereAnOptionBelongs() throws {
        let error = #expect(throws: ServiceError.self) { try JobOptions().check(for: .tiff, quality: 80) }
        #expect(
            error?.detail
                == "quality is for jpeg, tiff with compression=jpeg and webp; the result is tiff with compression=lzw")
    }

    @Test func jpegInTIFFTakesEightBitsWithoutAlpha() throws {
        let options = try options(["compression": "jpeg"])
        try options.check(.bgr(.eight))
        for pixels in [PixelFormat.bgr(.sixteen), .bgra(.eight)] {
            #expect(throws: ServiceError.self) { try options.check(pixels) }
        }
    }
}
