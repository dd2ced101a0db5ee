import Foundation
import TileCore

/// Which files to make from which, with what.
struct FileWork: Sendable {
    struct Item: Sendable {
        let input: String
        let output: String
        let request: JobRequest
    }

    let items: [Item]

    /// - Parameter paths: inputs, then an output file or an existing folder.
    init(paths: [String], transforms: String?, format: String?, quality: String?) throws {
        guard paths.count >= 2, let target = paths.last else {
            throw SettingsError("process needs at least one input and an output, as in 'process in.jpg out.png'")
        }
        let inputs = paths.dropLast()
        let place = URL(filePath: target).resolvingSymlinksInPath().path
        let type = try? FileManager.default.attributesOfItem(atPath: place)[.type] as? FileAttributeType
        // A plain file in the way of a folder shows as an error when the folder is made.
        let toFolder = type == .typeDirectory || type == nil && (target.hasSuffix("/") || inputs.count > 1)
        if let missing = inputs.first(where: { !FileManager.default.isReadableFile(atPath: $0) }) {
            throw ServiceError(.badRequest, "the input \(missing) cannot be read")
        }
        items = try inputs.map { input in
            var request = try JobRequest(
                filename: input, transforms: transforms, format: format, quality: quality, idempotencyKey: nil)
            if toFolder {
                let stem = URL(filePath: input).deletingPathExtension().lastPathComponent
                let known = request.format ?? ImageFileFormat(fileExtension: URL(filePath: input).pathExtension)
                let output = URL(filePath: target).appending(path: "\(stem).\(known?.fileExtension ?? "png")")
                request.format = known ?? .png
                return Item(input: input, output: output.path, request: request)
            }
            if request.format == nil {
                let suffix = URL(filePath: target).pathExtension
                guard let known = ImageFileFormat(fileExtension: suffix) else {
                    throw SettingsError("'.\(suffix)' is no image format to write; name one with --format")
                }
                request.format = known
            }
            return Item(input: input, output: target, request: request)
        }
        if toFolder {
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        }
        let outputs = items.map(\.output)
        if let twice = outputs.first(where: { output in outputs.count { $0 == output } > 1 }) {
            throw SettingsError("two inputs would both become \(twice); process them one at a time")
        }
    }
}
