internal import Foundation
internal import Synchronization

/// Gives the pages of mapped files back to the kernel, repeatedly, for as long as a file is mapped.
///
/// Pages that were read or written through a mapping count as this process's memory until they are dropped, although
/// the kernel could take them at any time. Without this type, the whole images of all running jobs would count.
/// Dropping a page changes nothing in the file. Written data is in the page cache, and the next touch of the page, even
/// one at this very moment, finds it there (`docs/decisions/0016-mapped-pages-given-back.md`).
///
/// Codecs read and write whole images in one call, so only another thread can do this meanwhile.
public enum MappedPages {
    /// For a process that may have only one thread: from now on the users of mappings call `giveBack` now and then.
    public static func withoutThread() {
        state.withLock { state in
            state.hasThread = true
            state.isWithoutThread = true
        }
    }

    /// Whether this process may have only one thread.
    static var isWithoutThread: Bool { state.withLock { $0.isWithoutThread } }

    /// In seconds. A codec at a gigabyte a second touches 10 MB in this time.
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

    /// Watches a mapping until it is unmapped.
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

    /// - Returns: false if a file was mapped meanwhile.
    private static func ends() -> Bool {
        state.withLock { state in
            state.hasThread = !state.entries.isEmpty
            return !state.hasThread
        }
    }

    /// Drops the pages of all mappings from this process's memory.
    /// - Returns: false if no file is mapped any more.
    @discardableResult
    public static func giveBack() -> Bool {
        let mappings = state.withLock { state in
            let mappings = state.entries.compactMap { $0.mapping }
            state.entries = mappings.map { Entry(mapping: $0) }
            return mappings
        }
        // Outside the lock, because this may release the last reference to a mapping.
        for mapping in mappings { mapping.giveBack() }
        return !mappings.isEmpty
    }
}
