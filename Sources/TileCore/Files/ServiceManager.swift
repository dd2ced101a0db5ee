internal import Foundation
internal import Glibc
internal import Synchronization

/// Tells systemd how this process is, where it was started as a service of `Type=notify`: that it is ready, what it waits
/// for, and that it lives. Everywhere else nothing happens.
///
/// The protocol is that of `sd_notify(3)`: datagrams of lines `NAME=VALUE` to the socket that `NOTIFY_SOCKET` names.
public final class ServiceManager: Sendable {
    /// How often to say that the process lives: three times in the watchdog's time, and else often enough for words that are
    /// read by people.
    public let interval: Duration

    private struct State {
        var isReady = false
        var words = ""
    }

    private let socket: OwnedDescriptor?
    private let address: sockaddr_un
    private let addressLength: socklen_t
    private let hasWatchdog: Bool
    private let state = Mutex(State())

    /// For this process, by its environment.
    public convenience init() { self.init(ProcessInfo.processInfo.environment) }

    /// By given variables, for tests.
    public init(_ variables: [String: String]) {
        let place = variables["NOTIFY_SOCKET"].flatMap(Self.address)
        (address, addressLength) = place ?? (sockaddr_un(), 0)
        let number = place == nil ? -1 : Glibc.socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | O_CLOEXEC, 0)
        socket = number < 0 ? nil : OwnedDescriptor(adopting: number)
        let isOwn = variables["WATCHDOG_PID"].map { $0 == "\(getpid())" } ?? true
        let microseconds = isOwn ? variables["WATCHDOG_USEC"].flatMap { Int($0) } ?? 0 : 0
        hasWatchdog = microseconds > 0
        interval = hasWatchdog ? min(.seconds(5), .microseconds(max(100_000, microseconds / 3))) : .seconds(5)
    }

    /// Whether somebody is told.
    public var isThere: Bool { socket != nil }

    /// The service does its work from now on.
    public func ready(_ words: String) {
        let isFirst = state.withLock { state in
            defer { state.isReady = true }
            return !state.isReady
        }
        if isFirst { send("READY=1") }
        status(words)
    }

    /// What the service does, or waits for; one line for `systemctl status`.
    public func status(_ words: String) {
        let line = words.map { $0.isNewline ? " " : $0 }.prefix(500)
        let isNews = state.withLock { state in
            defer { state.words = String(line) }
            return state.words != String(line)
        }
        if isNews { send("STATUS=\(String(line))") }
    }

    /// The service is about to end.
    public func stopping(_ words: String) { send("STOPPING=1\nSTATUS=\(words)") }

    /// Says from now on, until the process ends, that it lives: from the threads that its tasks run on.
    public func beat() {
        guard hasWatchdog else { return }
        Task { [self] in
            while true {
                send("WATCHDOG=1")
                try await Task.sleep(for: interval)
            }
        }
    }

    private func send(_ text: String) {
        guard let socket else { return }
        var address = address
        let bytes = Array(text.utf8)
        // Nobody may be there any more; the service goes on all the same.
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, addressLength)
            }
        }
    }

    /// A path, or with `@` in front a name that no file has.
    private static func address(_ text: String) -> (sockaddr_un, socklen_t)? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(text.utf8)
        guard let first = name.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
            name.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return nil }
        if first == UInt8(ascii: "@") { name[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        // A name without a file has no zero behind it.
        let length = MemoryLayout<sa_family_t>.size + name.count + (first == UInt8(ascii: "/") ? 1 : 0)
        return (address, socklen_t(length))
    }
}
