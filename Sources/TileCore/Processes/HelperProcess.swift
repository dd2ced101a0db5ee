internal import CCodecProcess
internal import Glibc
private import Synchronization
public import TileCore

/// A child process that works for this one and communicates through a socket. The kernel ends it when the thread that
/// has started it ends.
///
/// Only one thread may use it at a time. `end` must be called.
public struct HelperProcess: Sendable {
    /// How a process ended.
    public enum End: Sendable, Hashable {
        case signal(Int32)
        case exit(Int32)
    }

    /// The result of a wait.
    public enum Event: Sendable {
        case message(MessageSocket.Message)
        /// The process has closed its end of the socket.
        case closed
        case nothing
    }

    public let pid: Int32
    private let socket: MessageSocket
    private let errors: OwnedDescriptor
    private let life = Life()

    /// State that changes at most once.
    private final class Life: Sendable {
        /// How the process ended. Once this is set, another process may have its pid.
        let end = Mutex<End?>(nil)
        /// Whether the process has closed its standard error. It is no longer polled then, because it stays readable.
        let isMute = Atomic(false)
    }

    /// Starts a program. Only its end of the socket and its standard error are open.
    /// - Parameters:
    ///   - arguments: including the program's name.
    ///   - environment: the whole environment, as `NAME=value`. Nothing is inherited.
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
    /// - Parameter log: called with the lines that the process writes to its standard error meanwhile.
    public func receive(within milliseconds: Int32, log: (String) -> Void) -> Event {
        let isMute = life.isMute.load(ordering: .relaxed)
        let what = twp_wait(socket.descriptor.number, isMute ? -1 : errors.number, milliseconds)
        if what & Int32(TWP_ERRORS) != 0 { readErrors(log) }
        guard what & Int32(TWP_MESSAGE) != 0 else { return .nothing }
        return socket.receive().map { .message($0) } ?? .closed
    }

    /// Reads what the process has written to its standard error, at most 64 KiB.
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

    /// Limits the resources of the process from now on.
    /// - Parameters:
    ///   - cpuSeconds: further processor time, in addition to the time used so far.
    ///   - memory: private memory in bytes.
    ///   - file: the size of a written file in bytes.
    /// - Returns: false if it has ended.
    public func limit(cpuSeconds: Int, memory: Int, file: Int) -> Bool {
        twp_limit(pid, UInt64(cpuSeconds), UInt64(memory), UInt64(file)) == 0
    }

    /// The processor time that the process has used; `nil` if it has ended.
    public var cpuTime: Duration? {
        let time = twp_cpu_time(pid)
        return time < 0 ? nil : .nanoseconds(time)
    }

    /// Whether the process has ended, even if `end` was not called yet.
    public var hasEnded: Bool { life.end.withLock { $0 != nil || twp_has_ended(pid) != 0 } }

    /// Kills the process if it runs, and waits for its end. Further calls return the same result.
    /// - Parameter log: called with the remaining lines from its standard error.
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

    /// Calls `body` with the texts as an array of C strings, terminated by a null pointer.
    private static func withPointers<R>(
        _ texts: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> R
    ) -> R {
        // All texts are in one buffer, so that one closure is enough.
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

/// A process could not be started, or not be sandboxed.
public struct HelperError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}
