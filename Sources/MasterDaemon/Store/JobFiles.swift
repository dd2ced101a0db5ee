import Foundation
import TileCore

/// The paths of jobs' files in the data directory.
struct JobFiles: Sendable {
    let root: URL

    var database: String { root.appending(path: "tilework.sqlite3").path }
    var lock: String { root.appending(path: "lock").path }

    func source(_ job: JobID) -> String { root.appending(path: "uploads/\(job)").path }

    /// The folder of all canvases.
    var canvases: CanvasFolder { CanvasFolder(path("canvas")) }

    /// The pixels before pass `pass`: 0 is the decoded source, the number of passes is the finished image.
    func canvas(_ job: JobID, before pass: Int) -> String { canvases.path(job, before: pass) }

    /// The canvas for the decoded source until it is complete.
    func decoding(_ run: JobMachine.Run) -> String { canvases.decoding(run.job, run: "\(run.generation)") }

    /// Removes incomplete decoded sources that earlier runs have left.
    func removeDecodings(_ job: JobID) {
        let folder = "\(canvases.path)/\(job)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix("decoding-") { remove("\(folder)/\(name)") }
    }

    /// The target canvas of a pass until all its space is reserved.
    func making(_ job: JobID) -> String { root.appending(path: "canvas/\(job)/making.raw").path }

    /// The path of the output, relative to the data directory, as it is stored in the database.
    static func outputName(_ job: JobID, _ format: ImageFileFormat) -> String {
        "outputs/\(job).\(format.fileExtension)"
    }

    /// The output file until it is complete.
    func encoding(_ job: JobID, _ format: ImageFileFormat) -> String {
        root.appending(path: "outputs/\(job).part.\(format.fileExtension)").path
    }

    func path(_ name: String) -> String { root.appending(path: name).path }

    /// The folder for unnamed temporary files.
    var scratch: String { root.appending(path: "previews").path }

    func preview(_ job: JobID) -> String { root.appending(path: "previews/\(job).jpg").path }

    /// Smaller images of a large one; see `Overviews`.
    func overviews(_ job: JobID, _ image: JobImage) -> String {
        root.appending(path: "previews/\(job).\(image.rawValue).tif").path
    }

    /// The overviews until they are complete.
    func makingOverviews(_ job: JobID, _ image: JobImage) -> String {
        root.appending(path: "previews/\(job).\(image.rawValue).part.tif").path
    }

    func hasOverviews(_ job: JobID, _ image: JobImage) -> Bool {
        FileManager.default.fileExists(atPath: overviews(job, image))
    }

    func removeOverviews(_ job: JobID) {
        for image in JobImage.allCases {
            remove(makingOverviews(job, image))
            remove(overviews(job, image))
        }
    }

    /// Writes librdkafka properties to a file for the local workers, because other users can read command lines.
    /// - Returns: the path of the file; `nil` if there are no properties.
    func writeClientProperties(_ properties: [String: String]) throws -> String? {
        guard !properties.isEmpty else { return nil }
        let file = path("kafka-client.properties")
        guard
            FileManager.default.createFile(
                atPath: file, contents: Data(KafkaConfiguration.lines(properties).utf8),
                attributes: [.posixPermissions: 0o600])
        else { throw ServiceError(.startup, "the file \(file) cannot be written") }
        return file
    }

    /// Creates the folders and syncs them to the disk, because the files in them must survive a power failure.
    func prepare() throws {
        for folder in ["uploads", "canvas", "outputs", "previews"] {
            try FileManager.default.createDirectory(
                at: root.appending(path: folder), withIntermediateDirectories: true)
        }
        try DurableFile.syncFolder(of: path("uploads"))
        try DurableFile.syncFolder(of: root.path)
    }

    func makeCanvasFolder(_ job: JobID) throws {
        do {
            try FileManager.default.createDirectory(
                at: root.appending(path: "canvas/\(job)"), withIntermediateDirectories: true)
        } catch let error as CocoaError where error.code == .fileWriteOutOfSpace {
            throw ServiceError.diskFull()
        }
    }

    func removeCanvases(_ job: JobID) { remove(root.appending(path: "canvas/\(job)").path) }

    /// The jobs that have canvases. A completed job has canvases only after a crash.
    func jobsWithCanvases() -> [JobID] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path("canvas"))) ?? []
        return names.compactMap(JobID.init)
    }

    /// Removes every file of a job.
    func removeAll(of job: JobID) {
        removeCanvases(job)
        remove(source(job))
        remove(preview(job))
        removeOverviews(job)
        for format in ImageFileFormat.allCases {
            remove(encoding(job, format))
            remove(path(Self.outputName(job, format)))
        }
    }

    func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }

    /// Throws if there are files of jobs but no database. Then the database was lost, and a start with a new one would
    /// remove all these files as strays.
    func checkDatabaseIsThere() throws(ServiceError) {
        guard DatabaseCheck.isNew(database) else { return }
        let names = ["uploads", "outputs"].flatMap { folder in
            (try? FileManager.default.contentsOfDirectory(atPath: path(folder))) ?? []
        }
        guard !names.contains(where: { JobID(rawValue: String($0.prefix(36))) != nil }) else {
            throw ServiceError(
                .startup,
                "the data directory \(root.path) has files of jobs, but their database \(database) is missing or empty. "
                    + "Restore it, move the folders uploads and outputs away, or choose another --data-dir")
        }
    }

    /// Removes files without a job: uploads that never became jobs, and canvases and partial files left by a crash.
    func removeStrays(keeping jobs: Set<JobID>) {
        for folder in ["uploads", "canvas", "outputs", "previews"] {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: path(folder))) ?? []
            for name in names where name != CanvasFolder.noticeName {
                let id = JobID(rawValue: String(name.prefix(36)))
                if id.map(jobs.contains) != true || name.contains(".part") { remove(path("\(folder)/\(name)")) }
            }
        }
    }
}
