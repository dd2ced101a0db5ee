import Foundation
import NIOCore
import TileCodecs
import TileCore

extension JobService {
    /// The limits of an image for trials of transforms, in bytes and in pixels.
    static let trialBytes = 32 << 20
    static let trialPixels = 40_000_000
    /// The longest side of a trial's region, in pixels.
    static let trialSide = 1024
    /// The largest halo around the region, in pixels. Nearly every pipeline needs less. If one needs more, the trial may
    /// differ from the job's result near the region's edges.
    static let trialHalo = 512

    /// Receives an image for a trial of transforms. `tryTransforms` removes it.
    func receiveTrial(_ body: some AsyncSequence<ByteBuffer, any Error>) async throws -> JobID {
        let id = JobID.make()
        var file = try await UploadFile(
            job: id, path: files.source(id), limit: Self.trialBytes,
            tooLarge: ServiceError(
                .tooManyBytes, "transforms are tried on images of at most \(Self.trialBytes) bytes; send a part of it"),
            disk: disk, spares: spares)
        try await file.receive(body)
        return id
    }

    /// The transformed region of an image, and the header of the image's file.
    struct Trial: Sendable {
        let header: ImageHeader
        let png: [UInt8]
    }

    /// Transforms a region of an image as a job would, and encodes it as PNG. Without transforms the region stays as it
    /// is. It is scaled down if it is larger than the query allows.
    /// - Parameter page: which image of a TIFF file, from 0.
    func tryTransforms(
        _ id: JobID, page: Int? = nil, _ pipeline: Pipeline?, _ query: RegionQuery
    ) async throws -> Trial {
        let (path, scratch) = (files.source(id), files.scratch)
        let result: Result<Trial, any Error>
        do {
            result = .success(
                try await trials.run { [intake] in
                    try Self.transform(path, page, intake, scratch: scratch, pipeline, query)
                })
        } catch {
            result = .failure(error)
        }
        await remove(path)
        return try result.get()
    }

    private static func transform(
        _ path: String, _ page: Int?, _ intake: Intake, scratch: String, _ pipeline: Pipeline?, _ query: RegionQuery
    ) throws -> Trial {
        let header = try intake.header(path, page: page)
        guard header.size.area <= trialPixels else {
            throw ServiceError(
                .tooManyPixels,
                "transforms are tried on images of at most \(trialPixels) pixels; this one has \(header.size)")
        }
        let inner = try query.region(in: header.size)
        guard pipeline == nil || max(inner.width, inner.height) <= trialSide else {
            throw ServiceError(
                .badRequest, "the region has \(inner.size) pixels; at most \(trialSide)×\(trialSide) are transformed")
        }
        do {
            _ = try pipeline?.output(for: header.pixelFormat)
        } catch {
            throw ServiceError(.badTransforms, error.reason)
        }
        do {
            let canvas = try intake.codecs.decoded(path, page: page, in: scratch)
            guard let pipeline else {
                // A region that is scaled down is never copied in full size.
                let picture = try canvas.withPixels(in: inner) { pixels throws(ImagingError) in
                    try pixels.shrunk(toFit: query.side, keepingAlpha: true).png()
                }
                return Trial(header: header, png: picture)
            }
            let halo = min(pipeline.halo(header.pixelFormat.depth), trialHalo)
            let outer = inner.expanded(by: halo, within: header.size)
            let picture = try canvas.withPixels(in: outer) { pixels throws(ImagingError) in
                let part = inner.relative(to: outer)
                let result = try pipeline.apply(to: pixels, inner: part)
                return try result.shrunk(toFit: query.side, keepingAlpha: true).png()
            }
            return Trial(header: header, png: picture)
        } catch let error as ImagingError {
            throw ServiceError(cannotShow: error)
        } catch let error as ImageFileError {
            throw ServiceError(error)
        }
    }
}
