internal import Foundation
internal import Glibc
internal import Synchronization

/// Reports readiness, status and liveness to systemd, if this process was started as a service of `Type=notify`.
/// Otherwise it does nothing.
///
/// The protocol is that of `sd_notify(3)`: datagrams of lines `NAME=VALUE` to the socket that `NOTIFY_SOCKET` names.
public final class ServiceManager: Sendable {
    /// The interval of reports: a third of the watchdog's time, at most 5 seconds.
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

    /// For given variables, for tests.
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

    /// Whether there is a socket to report to.
    public var isThere: Bool { socket != nil }

    /// Reports that the service is ready, once, and its status.
    public func ready(_ words: String) {
        let isFirst = state.withLock { state in
            defer { state.isReady = true }
            return !state.isReady
        }
        if isFirst { send("READY=1") }
        status(words)
    }

    /// Reports what the service does or waits for: one line for `systemctl status`.
    public func status(_ words: String) {
        let line = words.map { $0.isNewline ? " " : $0 }.prefix(500)
        let isNews = state.withLock { state in
            defer { state.words = String(line) }
            return state.words != String(line)
        }
        if isNews { send("STATUS=\(String(line))") }
    }

    /// Reports that the service is about to end.
    public func stopping(_ words: String) { send("STOPPING=1\nSTATUS=\(words)") }

    /// Feeds the watchdog until the process ends, from the threads of Swift's pool, so that a blocked pool is noticed.
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
        // Errors are ignored, because the service goes on even if systemd does not listen.
        _ = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe sendto(socket.number, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, addressLength)
            }
        }
    }

    /// The address of a path, or of an abstract socket if the text starts with `@`.
    private static func address(_ text: String) -> (sockaddr_un, socklen_t)? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(text.utf8)
        guard let first = name.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
            name.count < MemoryLayout.size(ofValue: address.sun_path)
        else { return nil }
        if first == UInt8(ascii: "@") { name[0] = 0 }
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        // An abstract name has no terminating zero.
        let length = MemoryLayout<sa_family_t>.size + name.count + (first == UInt8(ascii: "/") ? 1 : 0)
        return (address, socklen_t(length))
    }
}
