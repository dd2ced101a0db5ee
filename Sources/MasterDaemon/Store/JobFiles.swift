import Foundation
import TileCore

/// Where the files of jobs lie in the data directory.
struct JobFiles: Sendable {
    let root: URL

    var database: String { root.appending(path: "tilework.sqlite3").path }
    var lock: String { root.appending(path: "lock").path }

    func source(_ job: JobID) -> String { root.appending(path: "uploads/\(job)").path }

    /// The folder of all canvases.
    var canvases: CanvasFolder { CanvasFolder(path("canvas")) }

    /// The pixels before pass `pass`: 0 is the decoded source, the number of passes is the finished image.
    func canvas(_ job: JobID, before pass: Int) -> String { canvases.path(job, before: pass) }

    /// Where the source is decoded to, until it is complete.
    func decoding(_ run: JobMachine.Run) -> String { canvases.decoding(run.job, run: "\(run.generation)") }

    /// Removes what runs have left of a source that is not complete.
    func removeDecodings(_ job: JobID) {
        let folder = "\(canvases.path)/\(job)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        for name in names where name.hasPrefix("decoding-") { remove("\(folder)/\(name)") }
    }

    /// Where a pass's target is made, until all its space is reserved.
    func making(_ job: JobID) -> String { root.appending(path: "canvas/\(job)/making.raw").path }

    /// Relative to the data directory, as the database has it.
    static func outputName(_ job: JobID, _ format: ImageFileFormat) -> String {
        "outputs/\(job).\(format.fileExtension)"
    }

    /// Where the output is encoded to, until it is complete. Encoders choose by the extension.
    func encoding(_ job: JobID, _ format: ImageFileFormat) -> String {
        root.appending(path: "outputs/\(job).part.\(format.fileExtension)").path
    }

    func path(_ name: String) -> String { root.appending(path: name).path }

    /// The folder for files without a name.
    var scratch: String { root.appending(path: "previews").path }

    func preview(_ job: JobID) -> String { root.appending(path: "previews/\(job).jpg").path }

    /// Smaller images of a large one; see `Overviews`.
    func overviews(_ job: JobID, _ image: JobImage) -> String {
        root.appending(path: "previews/\(job).\(image.rawValue).tif").path
    }

    /// Where they are made, until they are complete.
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

    /// Writes librdkafka properties for the local workers: their command lines are no place for passwords.
    /// - Returns: the file; `nil` if there are none.
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

    /// Makes the folders, for good: the files in them are promised to survive the end of the machine.
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

    /// The jobs that have canvases. Those of a completed job are what a crash left.
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

    /// Files of jobs beside a database that is to be made belong to one that was lost. As strays they would be removed.
    func checkDatabaseIsThere() throws(ServiceError) {
        guard DatabaseCheck.isNew(database) else { return }
        let names = ["uploads", "outputs"].flatMap { folder in
            (try? FileManager.default.contentsOfDirectory(atPath: path(folder))) ?? []
        }
        guard !names.contains(where: { JobID(rawValue: String($0.prefix(36))) != nil }) else {
            throw ServiceError(
                .startup,
                "the data directory \(root.path) has files of jobs, but their database \(database) is gone or empty. "
                    + "Bring it back, move the folders uploads and outputs away, or choose another --data-dir")
        }
    }

    /// Removes what no job owns: uploads that never became jobs, canvases and parts that a crash left.
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
