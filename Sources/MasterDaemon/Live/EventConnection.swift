import NIOCore
import NIOWebSocket
import Synchronization
import TileCore

/// One client of the live channel, from the upgrade of its connection to its end.
struct EventConnection: Sendable {
    typealias Channel = NIOAsyncChannel<WebSocketFrame, WebSocketFrame>

    private static let pingInterval = Duration.seconds(15)
    /// How long a client may take to answer a close frame.
    private static let closeTimeout = Duration.seconds(1)

    let feed: EventFeed
    let gate: Gate
    let caller: EventCaller

    /// How the connection ends.
    private enum Ending: Sendable {
        /// The master begins the close handshake.
        case close(WebSocketErrorCode, String)
        /// The client has begun the handshake. The master's frame completes it.
        case answer(WebSocketErrorCode?)
        /// The handshake is complete, or the client is gone.
        case now
    }

    private final class SharedState: Sendable {
        let value = Mutex(EventConnectionState())
    }

    func run(_ channel: Channel) async {
        // A client without a principal sees no jobs.
        let owner = caller.principal.map(gate.policy.onlyOwner) ?? ""
        let client = EventSubscription(job: caller.job, onlyOwner: owner) { [channel = channel.channel] in
            // A close frame would have to wait for the data in the socket, which the client does not read.
            channel.close(promise: nil)
        }
        // An error means that the connection broke, so the client cannot be told.
        try? await channel.executeThenClose { inbound, outbound in
            await feed.join(client)
            let state = SharedState()
            let ending = await withTaskGroup(of: Ending.self) { group in
                group.addTask { await Self.read(inbound, state, outbound) }
                group.addTask { await Self.write(client, outbound) }
                group.addTask { await ping(state, channel.channel) }
                let first = await group.next() ?? .now
                group.cancelAll()
                return first
            }
            await feed.leave(client)
            switch ending {
            case .close(let code, let reason):
                try await outbound.write(Self.closeFrame(code, reason))
                try await Self.waitForEnd(of: channel.channel)
            case .answer(let code):
                try await outbound.write(Self.closeFrame(code, ""))
            case .now:
                break
            }
        }
    }

    private static func read(
        _ inbound: NIOAsyncChannelInboundStream<WebSocketFrame>, _ state: SharedState,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async -> Ending {
        do {
            for try await frame in inbound {
                switch state.value.withLock({ $0.receive(frame) }) {
                case .none, .ping: break
                case .pong(let data): try await outbound.write(WebSocketFrame(fin: true, opcode: .pong, data: data))
                case .close(let code, let reason): return .close(code, reason)
                case .answerClose(let code): return .answer(code)
                case .end, .abandon: return .now
                }
            }
        } catch {
            // The frame could not be decoded. The handler before this one has told the client.
        }
        return .now
    }

    private static func write(
        _ client: EventSubscription, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async -> Ending {
        do {
            for await message in client.messages {
                try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: message))
            }
        } catch {
            return .now
        }
        return switch client.ending {
        case .masterEnds: .close(.goingAway, "the master ends")
        case .internalError: .close(.unexpectedServerError, "the master cannot read its database")
        }
    }

    /// Pings the client, and returns once it is gone. Pings do not wait for earlier writes. A client that reads nothing
    /// answers no ping, and so counts as gone.
    private func ping(_ state: SharedState, _ channel: any NIOCore.Channel) async -> Ending {
        while (try? await Task.sleep(for: Self.pingInterval)) != nil {
            // The key may have been revoked or the session ended meanwhile. The check also keeps the session in use.
            guard (try? await gate.admit(caller.caller, for: .viewer, isAgain: true)) != nil else {
                return .close(.policyViolation, "the key or session is no longer valid")
            }
            guard case .ping = state.value.withLock({ $0.tick() }) else {
                channel.close(promise: nil)
                break
            }
            channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .ping, data: ByteBuffer()), promise: nil)
        }
        return .now
    }

    private static func closeFrame(_ code: WebSocketErrorCode?, _ reason: String) -> WebSocketFrame {
        var data = ByteBuffer()
        if let code {
            data.write(webSocketErrorCode: code)
            data.writeString(reason)
        }
        return WebSocketFrame(fin: true, opcode: .connectionClose, data: data)
    }

    /// Waits until the client has closed the connection. Closes it after a time limit.
    private static func waitForEnd(of channel: any NIOCore.Channel) async throws {
        let limit = channel.eventLoop.scheduleTask(in: .init(closeTimeout)) { channel.close(promise: nil) }
        defer { limit.cancel() }
        try await channel.closeFuture.get()
    }
}
