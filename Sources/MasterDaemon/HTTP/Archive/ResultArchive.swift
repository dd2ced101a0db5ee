import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import TileCodecs
import TileCore

/// Results of several jobs in one zip file. It is generated while it is sent, so that only one piece of one file is in
/// memory.
struct ResultArchive: Sendable {
    private let layout: ZipLayout
    private let paths: [String]
    private let name: String

    /// - Parameters:
    ///   - jobs: completed jobs.
    ///   - name: the archive's file name.
    init(_ jobs: [JobRecord], name: String, path: (_ outputPath: String) -> String) {
        var names = ArchiveNames()
        var (entries, paths) = ([ZipLayout.Entry](), [String]())
        for job in jobs {
            guard let output = job.outputPath, let bytes = job.outputBytes else { continue }
            entries.append(
                ZipLayout.Entry(
                    name: names.unique(job.resultName), bytes: bytes, time: job.finishedAt ?? job.createdAt))
            paths.append(path(output))
        }
        layout = ZipLayout(entries)
        self.paths = paths
        self.name = name
    }

    func response(context: some RequestContext) -> Response {
        var headers = HTTPFields()
        headers[.contentType] = "application/zip"
        headers[.contentDisposition] = FileResponse.disposition(name)
        headers[.cacheControl] = "no-store"
        headers[.xContentTypeOptions] = "nosniff"
        let body = ResponseBody(contentLength: layout.length) { [layout, paths] writer in
            var sums: [UInt32] = []
            for (index, path) in paths.enumerated() {
                try await writer.write(layout.head(index))
                let sum = Checksum()
                let file = try await FileIO().loadFile(path: path, context: context)
                // If a file is missing or has changed, the answer ends early, which clients notice by its length.
                guard file.contentLength == layout.entries[index].bytes else { throw Changed(path: path) }
                try await file.write(ChecksumWriter(writer: writer, sum: sum))
                sums.append(sum.value)
                try await writer.write(layout.tail(index, sum: sum.value))
            }
            try await writer.write(layout.directory(sums: sums))
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: headers, body: body)
    }

    /// The file's length differs from the job's record.
    private struct Changed: Error {
        let path: String
    }
}

extension JobRecord {
    /// The file name of the job's result.
    var resultName: String {
        "\((filename as NSString).deletingPathExtension)-tilework.\(format.fileExtension)"
    }
}
