import Foundation
import Synchronization
import TileCore

/// Properties of Kafka clients for workers of this process's own, since a command line is no place for passwords. They
/// are in a file without a name, which the workers reach through this process's descriptor: however it ends, nothing of
/// them is left.
final class PropertiesFile: Sendable {
    private let file = Mutex<OpenFile?>(nil)

    /// - Returns: a path that is good as long as this object and this process live; `nil` if there are no properties.
    func write(_ properties: [String: String]) throws -> String? {
        guard !properties.isEmpty else { return nil }
        let text = KafkaConfiguration.lines(properties)
        let written = try OpenFile.unnamed(in: .temporaryFolder, holding: Array(text.utf8))
        file.withLock { $0 = written }
        return written.pathForChildren
    }
}
