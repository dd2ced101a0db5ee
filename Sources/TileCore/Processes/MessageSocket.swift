internal import CCodecProcess
internal import Glibc
public import TileCore

/// One end of a socket between two processes. Messages arrive whole, and can contain file descriptors.
public struct MessageSocket: Sendable {
    /// The maximum size of a message in bytes.
    public static let maximumBytes = 128 << 10

    /// A received message.
    public struct Message: Sendable {
        public let bytes: [UInt8]
        public let descriptors: [OwnedDescriptor]
    }

    let descriptor: OwnedDescriptor

    init(_ descriptor: OwnedDescriptor) { self.descriptor = descriptor }

    /// The socket that a helper process was started with.
    public static func inherited() -> MessageSocket {
        MessageSocket(OwnedDescriptor(adopting: Int32(TWP_SOCKET)))
    }

    /// Sends a message.
    /// - Precondition: there are at most `TWP_DESCRIPTORS` descriptors.
    /// - Returns: false if the other side has ended, or the message is too long.
    public func send(_ bytes: [UInt8], _ descriptors: [OwnedDescriptor] = []) -> Bool {
        precondition(descriptors.count <= Int(TWP_DESCRIPTORS), "\(descriptors.count) descriptors in one message")
        let numbers = descriptors.map(\.number)
        return unsafe twp_send(descriptor.number, bytes, bytes.count, numbers, numbers.count) == 0
    }

    /// Waits for the next message.
    /// - Returns: `nil` if the other side has ended, or its message is too long.
    public func receive() -> Message? {
        var numbers = [Int32](repeating: -1, count: Int(TWP_DESCRIPTORS))
        var numberCount = 0
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: Self.maximumBytes) { memory, count in
            guard let base = memory.baseAddress else { return }
            count = max(0, unsafe twp_receive(descriptor.number, base, memory.count, &numbers, &numberCount))
        }
        let descriptors = numbers.prefix(numberCount).map { OwnedDescriptor(adopting: $0) }
        return bytes.isEmpty ? nil : Message(bytes: bytes, descriptors: descriptors)
    }
}
