import CKafka
import Glibc
import Testing

@testable import TileCore

/// The socket option for connections to brokers that ends a connection over a dead network.
@Suite struct KafkaSocketTests {
    private func option(_ socket: Int32, _ level: Int32, _ name: Int32) -> Int32 {
        var (value, count) = (Int32(-1), socklen_t(MemoryLayout<Int32>.size))
        let result = unsafe getsockopt(socket, level, name, &value, &count)
        return result == 0 ? value : -1
    }

    @Test(arguments: [AF_INET, AF_INET6]) func aDeadConnectionEndsByItself(family: Int32) throws {
        let socket = tw_kafka_socket(
            family, Int32(SOCK_STREAM.rawValue), 0, KafkaLimits.deadNetworkMilliseconds)
        // Skipped on a machine without IPv6.
        guard socket >= 0 else {
            #expect(family == AF_INET6 && errno == EAFNOSUPPORT)
            return
        }
        defer { close(socket) }
        #expect(option(socket, SOL_SOCKET, SO_KEEPALIVE) == 1)
        let tcp = Int32(IPPROTO_TCP)
        #expect(option(socket, tcp, TCP_KEEPIDLE) == 3)
        #expect(option(socket, tcp, TCP_KEEPINTVL) == 1)
        #expect(option(socket, tcp, TCP_USER_TIMEOUT) == 6000)
        #expect(fcntl(socket, F_GETFD) & FD_CLOEXEC != 0)
    }

    /// Every connection of a client has the option.
    @Test func theConnectionsOfAClientHaveIt() async throws {
        let cluster = try TestCluster(topics: ["t": 1])
        let producer = try cluster.producer()
        _ = try await producer.partitionCount(of: "t")
        let ports = cluster.configuration().brokers.split(separator: ",").compactMap {
            $0.split(separator: ":").last.flatMap { UInt16($0) }
        }
        let mine = (Int32(3)..<1024).filter { peerPort($0).map(ports.contains) == true }
        #expect(!mine.isEmpty)
        #expect(mine.allSatisfy { option($0, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT) == 6000 })
        await producer.close(within: 5)
    }

    /// The port that a socket is connected to; `nil` if it is not connected.
    private func peerPort(_ socket: Int32) -> UInt16? {
        var (address, count) = (sockaddr_in(), socklen_t(MemoryLayout<sockaddr_in>.size))
        let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe getpeername(socket, $0, &count)
            }
        }
        return result == 0 ? UInt16(bigEndian: address.sin_port) : nil
    }
}
