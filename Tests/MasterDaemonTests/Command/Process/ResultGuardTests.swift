import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct ResultGuardTests {
    /// If several results take one name at the same time, one gets it. In an earlier version two did, and one was silently
    /// lost.
    @Test func oneNameIsForOneResult() async throws {
        let folder = try TestFolder()
        let place = try Folder(RawPath(folder.url.path))
        for round in 0..<50 {
            let results = ResultGuard(sources: [])
            let outputs = try (0..<8).map { number in
                let output = try OutputFile(in: place, fileExtension: "png")
                try Data([UInt8(number)]).write(to: URL(filePath: output.part))
                return output
            }
            let taken = await withTaskGroup(of: Bool.self) { group in
                for output in outputs {
                    group.addTask { (try? results.publish(output, as: RawPath("\(round).png"))) != nil }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(taken == 1, "round \(round)")
        }
        #expect(folder.contents.count == 50)
    }
}
