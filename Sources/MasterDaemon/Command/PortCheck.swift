import NIOCore
import NIOPosix
import TileCore

/// Checks that the master can listen on a port. It binds the port for a moment, and accepts no connection.
struct PortCheck: Sendable {
    let host: String
    let port: Int
    let option: String

    func finding() async -> Finding {
        let subject = "port \(port)"
        do {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try? await channel.close()
            return .ok(subject, "free on \(host)")
        } catch {
            if let holder = PortHolder.find(port) {
                let isMaster = holder.program == "master-main"
                let text = "the process \(holder.pid) (\(holder.program)) listens there"
                return isMaster
                    ? .ok(subject, "\(text): a master runs already")
                    : .fault(subject, text, do: "end that one, or choose another port with \(option)")
            }
            let words = ListenFailure.words(error, host: host, port: port, option: option)
            return .fault(subject, CommandErrors.reason(words) ?? "\(words)")
        }
    }
}
