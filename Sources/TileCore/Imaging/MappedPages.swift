internal import Foundation
internal import Synchronization

/// Gives the pages of mapped files back to the kernel, over and over, for as long as a file is mapped.
///
/// What was read or written through a mapping counts as this process's memory until someone drops it, although the
/// kernel could take it at any time: images would count as a whole, and those of all running jobs together. Dropping a
/// page changes nothing in the file. What was written is in the page cache, and whoever touches the page next, be it at
/// this very moment, finds it there (`docs/decisions/0016-mapped-pages-given-back.md`).
///
/// Codecs write and read whole images in one call, so nobody but a thread of its own could do it meanwhile.
public enum MappedPages {
    /// From now on `giveBack` is called now and then by who uses the mappings, in a process that has one thread only.
    public static func withoutThread() {
        state.withLock { state in
            state.hasThread = true
            state.isWithoutThread = true
        }
    }

    /// In such a process, nothing may be done by another thread.
    static var isWithoutThread: Bool { state.withLock { $0.isWithoutThread } }

    /// In seconds. A codec that does a gigabyte a second has touched 10 MB by then.
    private static let pause = 0.01

    private struct Entry {
        weak var mapping: FileMapping?
    }

    private struct State {
        var entries: [Entry] = []
        var hasThread = false
        var isWithoutThread = false
    }

    private static let state = Mutex(State())

    /// From now until the mapping is gone.
    static func watch(_ mapping: FileMapping) {
        let needsThread = state.withLock { state in
            state.entries.append(Entry(mapping: mapping))
            defer { state.hasThread = true }
            return !state.hasThread
        }
        guard needsThread else { return }
        let thread = Thread {
            repeat { Thread.sleep(forTimeInterval: pause) } while giveBack() || !ends()
        }
        thread.name = "mapped-pages"
        thread.start()
    }

    /// - Returns: false if there is a file again.
    private static func ends() -> Bool {
        state.withLock { state in
            state.hasThread = !state.entries.isEmpty
            return !state.hasThread
        }
    }

    /// Takes the pages of all mappings out of this process's memory.
    /// - Returns: false if no file is mapped any more.
    @discardableResult
    public static func giveBack() -> Bool {
        let mappings = state.withLock { state in
            let mappings = state.entries.compactMap { $0.mapping }
            state.entries = mappings.map { Entry(mapping: $0) }
            return mappings
        }
        // Outside the lock: this may be the last reference to one.
        for mapping in mappings { mapping.giveBack() }
        return !mappings.isEmpty
    }
}
