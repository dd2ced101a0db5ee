import Foundation
import NIOCore
import NIOPosix

/// A port on which no program listens at the moment.
enum FreePort {
    static func number() throws -> Int {
        let server = try ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0)
            .wait()
        defer { try? server.close().wait() }
        guard let port = server.localAddress?.port else { throw BenchError("there is no free port") }
        return port
    }
}
