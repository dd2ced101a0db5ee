import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct IntakeTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func intake(_ change: (inout IntakeLimits) -> Void = { _ in }) -> Intake {
        var limits = IntakeLimits()
        limits.minimumSide = 32
        limits.tileSize = 64
        change(&limits)
        return Intake(limits: limits, codecs: DirectCodecs(scratchFolder: "/tmp"))
    }

    private func refusal(of path: String, _ request: JobRequest? = nil, by intake: Intake) throws -> ServiceError? {
        let request = try request ?? .of()
        do throws(ServiceError) {
            _ = try intake.admit(.make(), path: path, request: request)
            return nil
        } catch {
            return error
        }
    }

    @Test func imageBecomesAJob() throws {
        let id = JobID.make()
        let path = try folder.image(150, 100, .bgr(.sixteen))
        let request = try JobRequest.of(
            "blur:ksize=9, grayscale", filename: "a.png", format: "tiff", key: "k")
        let (job, plan) = try intake().admit(id, path: path, request: request)
        #expect(job.jobID == id)
        #expect(job.status == .pending)
        #expect(job.size == PixelSize(width: 150, height: 100))
        #expect(job.pixelFormat == .bgr(.sixteen))
        #expect(job.sourceFormat == .png)
        #expect(job.sourceBytes == (try folder.bytes(of: "image.png").count))
        #expect(job.filename == "a.png")
        #expect(job.transforms == "blur:ksize=9,grayscale")
        #expect((job.format, job.quality) == (.tiff, nil))
        #expect(job.tileSize == 64)
        #expect(job.tileCount == 6)
        #expect(job.pass == 0)
        #expect(job.idempotencyKey == "k")
        #expect(plan.output == .gray(.sixteen))
        #expect(plan.grid.count == 6)
        let again = try job.plan()
        #expect(again.passes.map(\.geometry) == plan.passes.map(\.geometry))
    }

    @Test func defaultFormatIsTheSources() throws {
        let path = try folder.image(64, 64)
        #expect(try intake().admit(.make(), path: path, request: .of()).0.format == .png)
    }

    // MARK: Limits

    @Test(arguments: [(31, 100), (100, 31), (1, 1)]) func tooSmallImageIsRefused(width: Int, height: Int) throws {
        let error = try refusal(of: folder.image(width, height), by: intake())
        #expect(error?.code == .tooSmall)
        #expect(error?.detail.contains("\(width)×\(height)") == true)
        #expect(error?.detail.contains("32×32") == true)
    }

    @Test func limitsAreInclusive() throws {
        let path = try folder.image(32, 40)
        let bytes = try folder.bytes(of: "image.png").count
        let exact = intake {
            $0.maximumPixels = 32 * 40
            $0.maximumBytes = bytes
        }
        #expect(try refusal(of: path, by: exact) == nil)
        let pixels = try refusal(of: path, by: intake { $0.maximumPixels = 32 * 40 - 1 })
        #expect(pixels?.code == .tooManyPixels)
        #expect(pixels?.detail.contains("1279") == true)
        #expect(try refusal(of: path, by: intake { $0.maximumBytes = bytes - 1 })?.code == .tooManyBytes)
    }

    // MARK: Files that are no images

    @Test func emptyFileIsNoImage() throws {
        #expect(try refusal(of: folder.write([], to: "x"), by: intake())?.code == .notAnImage)
        #expect(try refusal(of: folder.path("none"), by: intake())?.code == .notAnImage)
    }

    @Test func textIsNoImage() throws {
        let path = try folder.write(Array("this is a letter, whatever its name says".utf8), to: "x.png")
        #expect(try refusal(of: path, by: intake())?.code == .notAnImage)
    }

    // MARK: Formats

    @Test(arguments: [
        (PixelFormat.bgr(.sixteen), "jpeg", ["png", "tiff"]), (.bgr(.sixteen), "webp", ["png", "tiff"]),
        (.gray(.sixteen), "bmp", ["png", "tiff"]), (.bgra(.sixteen), "webp", ["png", "tiff"]),
    ])
    func formatThatCannotHoldTheResultIsRefused(pixels: PixelFormat, format: String, able: [String]) throws {
        let path = try folder.image(64, 64, pixels)
        let error = try #require(try refusal(of: path, .of(format: format), by: intake()))
        #expect(error.code == .formatCannotHold)
        #expect(error.detail.hasSuffix("choose one of " + able.joined(separator: ", ")))
    }

    /// Whether alpha is opaque everywhere is known only after decoding.
    @Test func alphaDoesNotExcludeJPEG() throws {
        let path = try folder.image(64, 64, .bgra(.eight))
        #expect(try refusal(of: path, .of(format: "jpeg"), by: intake()) == nil)
        let options = ["compression": "jpeg"]
        let error = try refusal(of: path, .of(format: "tiff", options: options), by: intake())
        #expect(error?.code == .formatCannotHold)
    }

    @Test func longSideExcludesSomeFormats() throws {
        let path = try folder.image(16_384, 32, .gray(.eight))
        let error = try refusal(of: path, .of(format: "webp"), by: intake())
        #expect(error?.code == .formatCannotHold)
        #expect(error?.detail.hasSuffix("choose one of png, jpeg, bmp, tiff") == true)
        #expect(try refusal(of: path, .of(format: "jpeg"), by: intake()) == nil)
    }

    @Test(arguments: ImageFileFormat.allCases) func eightBitsOfColorFitAnywhere(format: ImageFileFormat) throws {
        let path = try folder.image(64, 64)
        #expect(try refusal(of: path, .of(format: format.rawValue), by: intake()) == nil)
    }

    @Test func transformsThatDoNotTakeTheImageAreRefused() throws {
        let path = try folder.image(64, 64, .bgr(.sixteen))
        let error = try refusal(of: path, .of("median:ksize=9"), by: intake())
        #expect(error?.code == .badTransforms)
        #expect(error?.detail.contains("median") == true)
    }

    // MARK: Repeated requests

    @Test func fingerprintsOfDifferentRequestsDiffer() throws {
        let path = try folder.image(64, 64)
        func fingerprint(_ request: JobRequest) throws -> String {
            try intake().admit(.make(), path: path, request: request).0.fingerprint
        }
        let same = try [
            fingerprint(.of("blur:ksize=9")), fingerprint(.of(" blur : ksize=9 ", format: "png", key: "k")),
            fingerprint(.of("[{\"name\":\"blur\",\"ksize\":9}]")),
        ]
        #expect(Set(same).count == 1)
        let others = try [
            fingerprint(.of("blur:ksize=11")), fingerprint(.of("blur:ksize=9", filename: "b.png")),
            fingerprint(.of("blur:ksize=9", format: "tiff")),
            fingerprint(.of("blur:ksize=9", format: "webp", quality: "9")),
        ]
        #expect(Set(same + others).count == 5)
    }
}
