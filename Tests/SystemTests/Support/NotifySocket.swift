import Foundation
import Glibc

/// A socket that receives service messages in place of systemd.
final class NotifySocket {
    let name: String
    private let descriptor: Int32
    /// All lines so far.
    private(set) var lines: [String] = []

    /// - Parameter name: a path, or with `@` in front an abstract name without a file.
    init(_ name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | O_CLOEXEC, 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let isAbstract = name.hasPrefix("@")
        let bytes = isAbstract ? [0] + Array(name.utf8.dropFirst()) : Array(name.utf8) + [0]
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) }
        }
        guard status == 0 else { throw BenchError("no socket at \(name): errno \(errno)") }
    }

    deinit { close(descriptor) }

    /// Receives the messages that have come.
    func read() {
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            lines += String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
        }
    }

    /// Waits for a line with this beginning.
    func line(_ beginning: String, within seconds: Double = 60) async throws -> String {
        try await eventually("'\(beginning)' among \(lines)", within: seconds) {
            read()
            return lines.first { $0.hasPrefix(beginning) }
        }
    }
}
