import Foundation
import Synchronization
import TileCore

/// Keeps the files of canvases after their jobs, for the next jobs of about the same size.
///
/// A reused file already has its pages in memory and its blocks on the disk. For a photograph, allocating them takes a
/// good part of the time of decoding; see `docs/decisions/0036-canvases-are-used-again.md`.
final class SpareCanvases: Sendable {
    private struct State {
        /// The oldest first.
        var spares: [SpareCanvas] = []
        var made = 0

        /// Removes the oldest spares until the others take at most `limit` bytes.
        /// - Returns: the paths of the removed ones.
        mutating func surplus(over limit: Int) -> [String] {
            var (total, surplus) = (spares.reduce(0) { $0 + $1.bytes }, [String]())
            while total > limit, !spares.isEmpty {
                let oldest = spares.removeFirst()
                total -= oldest.bytes
                surplus.append(oldest.path)
            }
            return surplus
        }
    }

    /// How long a spare is kept.
    static let patience = Duration.seconds(60)

    private let folder: String
    private let limit: @Sendable () -> Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - folder: on the disk of the canvases. Created when it is needed.
    ///   - limit: returns the bytes that all spares may take at the moment.
    init(folder: String, limit: @escaping @Sendable () -> Int) {
        self.folder = folder
        self.limit = limit
    }

    /// The spares of a data directory. They take at most a third of the memory, because a file saves time only while its
    /// pages are in memory, and at most an eighth of the free disk space.
    convenience init(files: JobFiles) {
        let folder = files.path("canvas/spare")
        let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory / 3)
        self.init(folder: folder) {
            let disk = try? FileManager.default.attributesOfFileSystem(forPath: files.root.path)
            return min(memory, (disk?[.systemFreeSize] as? Int ?? 0) / 8)
        }
    }

    /// Keeps the file of a canvas that its job no longer uses. Removes it instead if a process still holds it, or if the
    /// limit is reached. May take long, because removing a large file does.
    func keep(_ path: String, at now: ContinuousClock.Instant = .now) {
        let limit = limit()
        let name = state.withLock { state in
            state.made += 1
            return "\(folder)/\(state.made).raw"
        }
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        guard let bytes = Canvas.renameUnlessHeld(path, as: name) else { return Self.remove([path]) }
        let surplus = state.withLock { state in
            state.spares.append(SpareCanvas(path: name, bytes: bytes, since: now))
            return state.surplus(over: limit)
        }
        Self.remove(surplus)
    }

    /// Overwrites the pixels of earlier jobs, so that the next jobs need not do it. Leaves one spare as it is, for a
    /// source image, which overwrites all pixels anyway. May take long.
    func clear() {
        while let spare = state.withLock({ $0.spares.filter { !$0.isCleared }.dropFirst().first }) {
            do { try spare.clear() } catch {
                // If the spare was taken meanwhile, its file belongs to a job and must not be removed.
                let isKept = state.withLock { state in
                    state.spares.firstIndex { $0 === spare }.map { state.spares.remove(at: $0) } != nil
                }
                if isKept { Self.remove([spare.path]) }
            }
        }
    }

    /// Takes a spare for a canvas of this many bytes: half to twice the size, preferably not smaller.
    /// - Parameter isCleared: which spares are preferred: those whose old pixels are overwritten, or the others.
    /// - Returns: the path, and how many bytes from the start are zeros; `nil` if none fits. The file belongs to the
    ///   caller.
    func take(_ bytes: Int, preferring isCleared: Bool) -> (path: String, cleared: Int)? {
        let spare: SpareCanvas? = state.withLock { state in
            let fitting = state.spares.indices.filter {
                state.spares[$0].bytes <= 2 * bytes && bytes <= 2 * state.spares[$0].bytes
            }
            func rank(_ index: Int) -> (Int, Int, Int) {
                let spare = state.spares[index]
                return (spare.bytes < bytes ? 1 : 0, abs(spare.bytes - bytes), spare.isCleared == isCleared ? 0 : 1)
            }
            let best = fitting.min { rank($0) < rank($1) }
            return best.map { state.spares.remove(at: $0) }
        }
        return spare.map { ($0.path, $0.release()) }
    }

    /// Removes spares that have waited longer than `patience`, and those that exceed the limit.
    func trim(at now: ContinuousClock.Instant = .now) {
        let limit = limit()
        let surplus = state.withLock { state in
            let idle = state.spares.prefix { now - $0.since >= Self.patience }
            state.spares.removeFirst(idle.count)
            return idle.map(\.path) + state.surplus(over: limit)
        }
        Self.remove(surplus)
    }

    /// Removes all spares if a write has failed on a full disk. May take long.
    /// - Returns: whether to try the write again: the disk was full, and there were spares.
    func makeSpace(after error: any Error) -> Bool {
        guard ServiceError(shortageIn: error)?.code == .diskFull else { return false }
        let all = state.withLock { $0.surplus(over: 0) }
        Self.remove(all)
        return !all.isEmpty
    }

    private static func remove(_ paths: [String]) {
        for path in paths { try? FileManager.default.removeItem(atPath: path) }
    }

    /// The bytes of all spares.
    var bytes: Int { state.withLock { $0.spares.reduce(0) { $0 + $1.bytes } } }
}
