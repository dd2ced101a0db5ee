import Foundation
import NIOCore
import TileCore

extension JobService {
    /// The most bytes and pixels of an image that transforms are tried on.
    static let trialBytes = 32 << 20
    static let trialPixels = 40_000_000
    /// The longest side of the region that is answered.
    static let trialSide = 1024
    /// Pixels around the region that are transformed with it. The halo of nearly every pipeline is within; the ones
    /// beyond it may differ from the job's result near the region's edges.
    static let trialHalo = 512

    /// Takes in an image to try transforms on; `tryTransforms` removes it.
    func receiveTrial(_ body: some AsyncSequence<ByteBuffer, any Error>) async throws -> JobID {
        let id = JobID.make()
        var file = try await UploadFile(
            job: id, path: files.source(id), limit: Self.trialBytes,
            tooLarge: ServiceError(
                .tooManyBytes, "transforms are tried on images of at most \(Self.trialBytes) bytes; send a part of it"),
            disk: disk)
        try await file.receive(body)
        return id
    }

    /// A region of an image, transformed as in a job, as PNG. Without transforms, the region as it is.
    func tryTransforms(_ id: JobID, _ pipeline: Pipeline?, _ query: RegionQuery) async throws -> [UInt8] {
        let (path, scratch) = (files.source(id), files.scratch)
        let result: Result<[UInt8], any Error>
        do {
            result = .success(try await trials.run { try Self.transform(path, scratch: scratch, pipeline, query) })
        } catch {
            result = .failure(error)
        }
        await remove(path)
        return try result.get()
    }

    private static func transform(
        _ path: String, scratch: String, _ pipeline: Pipeline?, _ query: RegionQuery
    ) throws -> [UInt8] {
        let header = try Intake.header(path)
        guard header.size.area <= trialPixels else {
            throw ServiceError(
                .tooManyPixels,
                "transforms are tried on images of at most \(trialPixels) pixels; this one has \(header.size)")
        }
        let inner = try query.region(in: header.size)
        guard max(inner.width, inner.height) <= trialSide else {
            throw ServiceError(
                .badRequest, "the region has \(inner.size) pixels; at most \(trialSide)×\(trialSide) are answered")
        }
        do {
            _ = try pipeline?.output(for: header.pixelFormat)
        } catch {
            throw ServiceError(.badTransforms, error.reason)
        }
        do {
            let canvas = try Canvas.decode(path, header, in: scratch)
            let outer = inner.expanded(by: min(pipeline?.halo ?? 0, trialHalo), within: header.size)
            return try canvas.withPixels(in: outer) { pixels throws(ImagingError) in
                let part = inner.relative(to: outer)
                let result =
                    if let pipeline { try pipeline.apply(to: pixels, inner: part) } else { pixels.copy(part) }
                return try result.shrunk(toFit: trialSide, keepingAlpha: true).png()
            }
        } catch {
            throw ServiceError(cannotShow: error)
        }
    }
}
