import HTTPTypes
import NIOCore
import NIOEmbedded
import NIOHTTPTypes
import Testing

@testable import MasterDaemon

@Suite struct RequestEventHandlerTests {
    private final class Thing: Sendable {}

    /// One connection, used on the thread that made it.
    private struct Exchange {
        let channel = EmbeddedChannel(handler: RequestEventHandler())

        func ask(expecting: Bool) throws {
            var fields = HTTPFields()
            if expecting { fields[.expect] = "100-continue" }
            let request = HTTPRequest(
                method: .post, scheme: "http", authority: "localhost", path: "/", headerFields: fields)
            try channel.writeInbound(HTTPRequestPart.head(request))
        }

        func read() { channel.triggerUserOutboundEvent(RequestEvent.bodyIsRead(length: 9), promise: nil) }

        func written() throws -> HTTPResponsePart? { try channel.readOutbound(as: HTTPResponsePart.self) }

        func answer() throws {
            try channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
            try channel.writeOutbound(HTTPResponsePart.end(nil))
            _ = try written()
            _ = try written()
        }
    }

    @Test func theClientGoesOnOnceItsBodyIsRead() throws {
        let exchange = Exchange()
        try exchange.ask(expecting: true)
        #expect(try exchange.written() == nil, "the request may still be refused")
        exchange.read()
        #expect(try exchange.written() == .head(HTTPResponse(status: .continue)))
        exchange.read()
        #expect(try exchange.written() == nil)
    }

    @Test func aClientThatDoesNotWaitGetsNoContinue() throws {
        let exchange = Exchange()
        try exchange.ask(expecting: false)
        exchange.read()
        #expect(try exchange.written() == nil)
    }

    @Test func aClientThatHasSentItsBodyGetsNoContinue() throws {
        let exchange = Exchange()
        try exchange.ask(expecting: true)
        try exchange.channel.writeInbound(HTTPRequestPart.body(ByteBuffer(string: "a")))
        exchange.read()
        #expect(try exchange.written() == nil)
    }

    /// The request came after another one, which is answered first.
    @Test func theNextRequestWaitsForItsTurn() throws {
        let exchange = Exchange()
        try exchange.ask(expecting: false)
        try exchange.ask(expecting: true)
        exchange.read()
        #expect(try exchange.written() == nil)
        try exchange.answer()
        exchange.read()
        #expect(try exchange.written() == .head(HTTPResponse(status: .continue)))
    }

    @Test func heldObjectsAreReleasedWithTheAnswer() throws {
        let exchange = Exchange()
        weak var held: Thing?
        do {
            let thing = Thing()
            held = thing
            exchange.channel.triggerUserOutboundEvent(RequestEvent.hold(thing), promise: nil)
        }
        try exchange.channel.writeOutbound(HTTPResponsePart.head(HTTPResponse(status: .ok)))
        #expect(held != nil)
        try exchange.channel.writeOutbound(HTTPResponsePart.end(nil))
        #expect(held == nil)
    }

    @Test func heldObjectsAreReleasedWithTheConnection() throws {
        let exchange = Exchange()
        weak var held: Thing?
        do {
            let thing = Thing()
            held = thing
            exchange.channel.triggerUserOutboundEvent(RequestEvent.hold(thing), promise: nil)
        }
        exchange.channel.pipeline.fireChannelInactive()
        #expect(held == nil)
    }
}
