internal import Glibc

/// The folder of a master's canvases. It has a folder for each job, with files of raw rows.
///
/// Workers on the same machine that may write there, too, read and write tiles directly in the canvases. The records
/// between them and the master then carry no pixels (`docs/decisions/0034-lent-canvases.md`).
public struct CanvasFolder: Sendable, Hashable {
    public let path: String

    public init(_ path: String) { self.path = path }

    /// The file that identifies the folder. It has the machine's boot id, a space, and the folder's id.
    public static let noticeName = "lender"
    private var notice: String { "\(path)/\(Self.noticeName)" }

    /// For the master: gives the folder an id, which workers repeat in their heartbeats. The boot id keeps out workers
    /// on other machines that see the folder over the network. The id is valid until the machine boots again.
    /// - Returns: the id.
    public func lend() throws(ImagingError) -> String {
        if let name = lender { return name }
        let name = String(UInt64.random(in: .min ... .max), radix: 16)
        // The mode is that of the canvases, so a process that can open this file for writing can write them, too.
        let descriptor = unsafe open(notice, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o640)
        guard descriptor >= 0 else { throw .system(.canvas, "cannot open \(notice)", errno: errno) }
        defer { close(descriptor) }
        let text = Array("\(BootID.current) \(name)".utf8)
        guard unsafe write(descriptor, text, text.count) == text.count else {
            throw .system(.canvas, "cannot write \(notice)", errno: errno)
        }
        return name
    }

    /// For a worker: the folder's id; `nil` if the folder belongs to another machine or this user may not write into
    /// it.
    public var lender: String? {
        let descriptor = unsafe open(notice, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 256) { memory, count in
            count = max(0, unsafe read(descriptor, memory.baseAddress, memory.count))
        }
        let words = bytes.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
        return words.count == 2 && words[0] == BootID.current ? words[1] : nil
    }

    /// Whether the canvas lies in this folder.
    public func holds(_ canvas: Canvas) -> Bool { canvas.path.hasPrefix(path + "/") }

    /// The pixels before pass `pass`: 0 is the decoded source, the number of passes is the finished image.
    public func path(_ job: JobID, before pass: Int) -> String { "\(path)/\(job)/\(pass).raw" }

    /// The file into which a run of the job decodes its source, until the source is complete. Each run has its own
    /// file, so that a late task of an earlier run does not read rows that the new run has not decoded yet.
    public func decoding(_ job: JobID, run: String) -> String { "\(path)/\(job)/decoding-\(run).raw" }

    /// The possible files of the pixels before a pass, while tiles of them are lent.
    public func paths(_ job: JobID, run: String, before pass: Int) -> [String] {
        pass == 0 ? [path(job, before: 0), decoding(job, run: run)] : [path(job, before: pass)]
    }

    /// Opens the pixels before a pass if they are in this file, and holds them.
    /// - Throws: `ImagingError` with the code `canvas` if they do not exist any more, or have another size or format.
    public func canvas(
        _ inode: UInt64, _ job: JobID, run: String, before pass: Int, size: PixelSize, format: PixelFormat
    ) throws(ImagingError) -> Canvas {
        let paths = paths(job, run: run, before: pass)
        // Searches twice, because a file that is renamed during the search can be missed once.
        for path in paths + paths {
            if let canvas = try? Canvas.holding(path: path, size: size, format: format), canvas.inode == inode {
                return canvas
            }
        }
        throw ImagingError(.canvas, "\(paths[0]) is not the file \(inode) with \(size) \(format)")
    }
}
