import Foundation
import Synchronization
import TileCore

/// Properties of Kafka clients for this process's own workers. They may contain passwords, which other users could see on
/// a command line. So they are in a file without a name, which the workers open through this process's descriptor. The
/// file disappears with the process.
final class PropertiesFile: Sendable {
    private let file = Mutex<OpenFile?>(nil)

    /// - Returns: a path that is valid as long as this object and this process live; `nil` if there are no properties.
    func write(_ properties: [String: String]) throws -> String? {
        guard !properties.isEmpty else { return nil }
        let text = KafkaConfiguration.lines(properties)
        let written = try OpenFile.unnamed(in: .temporaryFolder, holding: Array(text.utf8))
        file.withLock { $0 = written }
        return written.pathForChildren
    }
}
