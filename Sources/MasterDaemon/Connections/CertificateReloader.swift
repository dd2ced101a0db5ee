import Foundation
import Logging
import NIOSSL
import ServiceLifecycle
import Synchronization
import TileCore

/// Provides the certificate for new connections. It checks the files once a second, and reads them again if they have
/// changed. Open connections keep their certificate. A pair that cannot be used is ignored.
final class CertificateReloader: Service {
    private static let interval = Duration.seconds(1)

    private let files: TLSFiles
    private let credentials: Mutex<TLSCredentials>
    private let reload: Mutex<TLSReload<TLSFiles.Facts?>>
    /// The validity that was logged last.
    private let validity = Mutex(TLSCredentials.Validity.good)
    private let disk: DiskPool
    private let logger: Logger

    /// Reads the files. May wait for the disk.
    init(_ files: TLSFiles, logger: Logger) throws(ServiceError) {
        self.files = files
        self.logger = logger
        let facts = try files.facts()
        credentials = Mutex(try files.load())
        reload = Mutex(TLSReload(facts))
        disk = DiskPool(threads: 1)
        if let warning = SecretFile.warning(facts.key, files.key, option: "tls-key") { logger.warning("\(warning)") }
        tellValidity()
    }

    var current: TLSCredentials { credentials.withLock { $0 } }

    func run() async throws {
        while (try? await cancelWhenGracefulShutdown({ try await Task.sleep(for: Self.interval) })) != nil {
            try? await disk.run { self.look() }
        }
        await disk.close()
    }

    /// Checks the files once. May wait for the disk.
    func look() {
        let facts = try? files.facts()
        if reload.withLock({ $0.look(facts) }) == .load { load() }
        tellValidity()
    }

    private func load() {
        do throws(ServiceError) {
            let fresh = try files.load()
            credentials.withLock { $0 = fresh }
            logger.notice(
                "certificate reloaded", metadata: [LogKey.expires: "\(fresh.expiry.formatted(.iso8601))"])
        } catch {
            logger.error(
                "changed certificate cannot be used; new connections get the previous one",
                metadata: [LogKey.reason: "\(error.detail)"])
        }
    }

    /// Logs a certificate that expires soon, has expired or is not valid yet, once for each of these states.
    private func tellValidity() {
        let current = current
        let now = current.validity(at: Date())
        let before = validity.withLock { known in
            defer { known = now }
            return known
        }
        guard now != before else { return }
        let expiry: Logger.Metadata = [LogKey.expires: "\(current.expiry.formatted(.iso8601))"]
        switch now {
        case .good: break
        case .expiresSoon: logger.warning("the certificate expires soon", metadata: expiry)
        case .expired: logger.warning("the certificate has expired; clients will refuse it", metadata: expiry)
        case .notYet:
            logger.warning(
                "the certificate is not valid yet; clients will refuse it",
                metadata: [LogKey.starts: "\(current.start.formatted(.iso8601))"])
        }
    }
}
