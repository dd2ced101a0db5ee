import Foundation
import NIOCore
import TileCore

/// Explains to the administrator why the master cannot listen.
enum ListenFailure {
    /// - Parameter option: the option that sets the port.
    /// - Returns: the error to throw instead of `error`.
    static func words(_ error: any Error, host: String, port: Int, option: String) -> any Error {
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE:
            ServiceError(.startup, "port \(port) of \(host) is in use; choose another one with \(option)")
        case EACCES, EPERM:
            ServiceError(
                .startup,
                "port \(port) of \(host) is not open to this user: ports below 1024 take the right CAP_NET_BIND_SERVICE; give it "
                    + "in the unit, or choose another one with \(option)")
        case EADDRNOTAVAIL:
            ServiceError(
                .startup,
                "\(host) is not an address of this machine, or is not up yet; choose one that 'ip address' shows with --host"
            )
        default: error
        }
    }
}
