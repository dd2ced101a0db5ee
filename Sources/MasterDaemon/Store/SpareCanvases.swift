import Foundation
import Synchronization
import TileCore

/// Files of canvases that their jobs have done with, for the next jobs of about that size.
///
/// A file that is written anew has its pages in memory and its blocks on the disk. To make both for a photograph takes
/// longer than to decode a part of it; see `docs/decisions/0036-canvases-are-used-again.md`.
final class SpareCanvases: Sendable {
    private struct State {
        /// The oldest first.
        var spares: [SpareCanvas] = []
        var made = 0

        /// Takes out the oldest until the others take no more than so many bytes.
        mutating func surplus(over limit: Int) -> [String] {
            var (total, surplus) = (spares.reduce(0) { $0 + $1.bytes }, [String]())
            while total > limit, !spares.isEmpty {
                let oldest = spares.removeFirst()
                _ = oldest.release()
                total -= oldest.bytes
                surplus.append(oldest.path)
            }
            return surplus
        }
    }

    /// How long a spare waits for a job.
    static let patience = Duration.seconds(60)

    private let folder: String
    private let limit: @Sendable () -> Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - folder: on the disk of the canvases. Made when it is needed.
    ///   - limit: the bytes that all spares may take by now.
    init(folder: String, limit: @escaping @Sendable () -> Int) {
        self.folder = folder
        self.limit = limit
    }

    /// Those of a data directory: at most a third of the memory, since what is not in memory is worth nothing, and an
    /// eighth of the space that is left on the disk.
    convenience init(files: JobFiles) {
        let folder = files.path("canvas/spare")
        let memory = Int(clamping: ProcessInfo.processInfo.physicalMemory / 3)
        self.init(folder: folder) {
            let disk = try? FileManager.default.attributesOfFileSystem(forPath: files.root.path)
            return min(memory, (disk?[.systemFreeSize] as? Int ?? 0) / 8)
        }
    }

    /// Takes the file of a canvas whose job touches it no more. It is removed instead if somebody still holds it, or
    /// there are enough of them. To remove a large file takes its time.
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

    /// Overwrites the pixels of jobs that are done, so that the next jobs need not wait for it. Takes time.
    func clear() {
        while let spare = state.withLock({ $0.spares.first { !$0.isCleared } }) {
            do { try spare.clear() } catch {
                let isKept = state.withLock { state in
                    let count = state.spares.count
                    state.spares.removeAll { $0 === spare }
                    return state.spares.count < count
                }
                if isKept { Self.remove([spare.path]) }
            }
        }
    }

    /// A spare for a canvas of so many bytes: of half to twice the size, and rather too large than too small.
    /// - Returns: its path, and how many of its bytes from the start are zeros. The file is the caller's.
    func take(_ bytes: Int) -> (path: String, cleared: Int)? {
        let spare: SpareCanvas? = state.withLock { state in
            let fitting = state.spares.indices.filter {
                state.spares[$0].bytes <= 2 * bytes && bytes <= 2 * state.spares[$0].bytes
            }
            let best = fitting.min { left, right in
                let (left, right) = (state.spares[left].bytes, state.spares[right].bytes)
                return (left < bytes ? 1 : 0, abs(left - bytes)) < (right < bytes ? 1 : 0, abs(right - bytes))
            }
            return best.map { state.spares.remove(at: $0) }
        }
        return spare.map { ($0.path, $0.release()) }
    }

    /// Removes those that have waited for long, and those that there is no space for any more.
    func trim(at now: ContinuousClock.Instant = .now) {
        let limit = limit()
        let surplus = state.withLock { state in
            let idle = state.spares.prefix { now - $0.since >= Self.patience }
            state.spares.removeFirst(idle.count)
            for spare in idle { _ = spare.release() }
            return idle.map(\.path) + state.surplus(over: limit)
        }
        Self.remove(surplus)
    }

    /// What was to be written found no space: all spares go, since whatever it is is worth more. To remove them takes its
    /// time.
    /// - Returns: whether it is to be tried again: the disk was full, and there were spares.
    func makeSpace(after error: any Error) -> Bool {
        guard ServiceError(shortageIn: error)?.code == .diskFull else { return false }
        let all = state.withLock { $0.surplus(over: 0) }
        Self.remove(all)
        return !all.isEmpty
    }

    private static func remove(_ paths: [String]) {
        for path in paths { try? FileManager.default.removeItem(atPath: path) }
    }

    /// Bytes of all of them.
    var bytes: Int { state.withLock { $0.spares.reduce(0) { $0 + $1.bytes } } }
}
