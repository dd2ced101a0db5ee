import Logging
import TileCodecs
import TileCore

extension JobService {
    /// The rows of a large image around a region, if they can be decoded without the other rows.
    /// - Parameter source: the file of the whole image.
    /// - Returns: the rows, and the number of the first one; `nil` if the image has to be decoded as a whole, or already is.
    func decodedRows(
        _ job: JobRecord, _ image: JobImage, _ format: PixelFormat, around region: TileRegion,
        _ source: ViewCache.Source
    ) async throws -> (canvas: Canvas, first: Int)? {
        var key = ViewCache.Key(job: job.jobID, image: image)
        guard job.size.area >= overviewArea, await !views.has(key),
            let index = try await rowIndex(job, image)
        else { return nil }
        let rows = RowBand.rows(around: region, of: job.size, format)
        let size = PixelSize(width: job.size.width, height: rows.count)
        key.rows = rows
        var source = source
        source.part = ViewCache.Part(rows: rows, index: index.path, size: size, format: format)
        do {
            return (try await views.canvas(key, size: size, format: format, source: source), rows.lowerBound)
        } catch let error as ImageFileError where error.code == .unsupported {
            return nil
        } catch let error as ImageFileError where error.code == .damaged {
            reportRows(of: job, image, error.description)
        } catch let error as ImagingError where error.code == .undecodable && error.shortage == nil {
            reportRows(of: job, image, error.reason)
        } catch {
            return try await showing(job) { throw error }
        }
        return nil
    }

    private struct Index {
        /// `nil` for a format that needs none.
        let path: String?
    }

    /// - Returns: `nil` if the file's rows cannot be decoded separately.
    private func rowIndex(_ job: JobRecord, _ image: JobImage) async throws -> Index? {
        switch image == .source ? job.sourceFormat : job.format {
        case .tiff, .bmp: return Index(path: nil)
        case .webp: return nil
        case .png, .jpeg:
            // Only files that this program has written have an index.
            guard image == .result else { return nil }
            let isThere = try await drawing.run { [files] in files.hasOverviews(job.jobID, image) }
            return isThere ? Index(path: files.overviews(job.jobID, image)) : nil
        }
    }

    private func reportRows(of job: JobRecord, _ image: JobImage, _ reason: String) {
        logger.warning(
            "cannot decode rows of the \(image.rawValue) separately; decoding the whole image",
            metadata: [LogKey.job: "\(job.jobID)", LogKey.reason: "\(reason)"])
    }
}
