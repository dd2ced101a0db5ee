internal import CCodecProcess
internal import Glibc
private import Synchronization
public import TileCore

/// A process that was started to work for this one, and talks with it through a socket. It ends at the latest when the
/// thread ends that has started it.
///
/// Belongs to one thread at a time. `end` has to be called.
public struct HelperProcess: Sendable {
    /// How a process ended.
    public enum End: Sendable, Hashable {
        case signal(Int32)
        case exit(Int32)
    }

    /// What there is to read.
    public enum Event: Sendable {
        case message(MessageSocket.Message)
        /// Its end of the socket is closed.
        case closed
        case nothing
    }

    public let pid: Int32
    private let socket: MessageSocket
    private let errors: OwnedDescriptor
    private let life = Life()

    /// What happens only once.
    private final class Life: Sendable {
        /// Its number may be another process's once its end is known.
        let end = Mutex<End?>(nil)
        /// It has closed its standard error, at which there would be something to read for ever.
        let isMute = Atomic(false)
    }

    /// Starts a program with nothing open but its end of the socket and its standard error.
    /// - Parameters:
    ///   - arguments: with the program's name.
    ///   - environment: as in `NAME=value`; nothing of this process's.
    /// - Throws: `HelperError`.
    public static func start(
        _ program: String, arguments: [String], environment: [String]
    ) throws(HelperError) -> HelperProcess {
        var process = twp_process()
        let error = unsafe withPointers(arguments) { arguments in
            unsafe withPointers(environment) { environment in
                unsafe twp_spawn(program, arguments, environment, &process)
            }
        }
        guard error == 0 else { throw HelperError("cannot start a process: \(systemErrorText(error))") }
        return HelperProcess(
            pid: process.pid, socket: MessageSocket(OwnedDescriptor(adopting: process.socket)),
            errors: OwnedDescriptor(adopting: process.errors))
    }

    public func send(_ bytes: [UInt8], _ descriptors: [OwnedDescriptor] = []) -> Bool {
        socket.send(bytes, descriptors)
    }

    /// Waits for a message.
    /// - Parameter log: gets what the process writes to its standard error meanwhile.
    public func receive(within milliseconds: Int32, log: (String) -> Void) -> Event {
        let isMute = life.isMute.load(ordering: .relaxed)
        let what = twp_wait(socket.descriptor.number, isMute ? -1 : errors.number, milliseconds)
        if what & Int32(TWP_ERRORS) != 0 { readErrors(log) }
        guard what & Int32(TWP_MESSAGE) != 0 else { return .nothing }
        return socket.receive().map { .message($0) } ?? .closed
    }

    /// What it has written to its standard error since this was asked last.
    private func readErrors(_ log: (String) -> Void) {
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: 64 << 10) { memory, count in
            let result = unsafe read(errors.number, memory.baseAddress, memory.count)
            if result == 0 { life.isMute.store(true, ordering: .relaxed) }
            count = max(0, result)
        }
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            log(String(decoding: line, as: UTF8.self))
        }
    }

    /// Limits what the process may use from now on.
    /// - Parameters:
    ///   - cpuSeconds: beside what it has used.
    ///   - memory: its private memory, in bytes.
    ///   - file: a file that it writes, in bytes.
    /// - Returns: false if it has ended.
    public func limit(cpuSeconds: Int, memory: Int, file: Int) -> Bool {
        twp_limit(pid, UInt64(cpuSeconds), UInt64(memory), UInt64(file)) == 0
    }

    /// Processor time that it has used; `nil` if it has ended.
    public var cpuTime: Duration? {
        let time = twp_cpu_time(pid)
        return time < 0 ? nil : .nanoseconds(time)
    }

    /// It has ended, but for `end`.
    public var hasEnded: Bool { life.end.withLock { $0 != nil || twp_has_ended(pid) != 0 } }

    /// Ends it, if it has not ended, and waits for that. Whoever asks again gets the same answer.
    /// - Parameter log: gets the rest of what it wrote to its standard error.
    @discardableResult
    public func end(log: (String) -> Void) -> End {
        life.end.withLock { end in
            if let end { return end }
            let cause = twp_end(pid)
            readErrors(log)
            let result: End = cause.signal == 0 ? .exit(cause.status) : .signal(cause.signal)
            end = result
            return result
        }
    }

    /// Lends texts as C takes them, with a null pointer at the end.
    private static func withPointers<R>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
    ) -> R {
        // One piece of memory for all, so that one closure lends them.
        let all = texts.flatMap { $0.utf8CString }
        return unsafe all.withUnsafeBufferPointer { memory in
            var pointers = unsafe [UnsafePointer<CChar>?]()
            var offset = 0
            for text in texts {
                unsafe pointers.append(memory.baseAddress.map { unsafe $0 + offset })
                offset += text.utf8CString.count
            }
            unsafe pointers.append(nil)
            return unsafe pointers.withUnsafeBufferPointer { list in
                guard let base = list.baseAddress else { preconditionFailure("a list without its end") }
                return unsafe body(base)
            }
        }
    }
}

/// A process could not be started, or not be shut in.
public struct HelperError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
