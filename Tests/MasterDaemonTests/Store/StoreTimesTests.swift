import Foundation
import GRDB
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct StoreTimesTests {
    /// In an earlier version the answer to a POST had .079, and those to later GETs had .078.
    @Test func aStoredTimeNeverChanges() async throws {
        let test = try TestStore()
        let sample = JobRecord.sample()
        try await test.insert(sample)
        var random = SeededGenerator(seed: 79)
        let times = (0..<1000).map { _ in Int.random(in: 1_700_000_000_000..<2_000_000_000_000, using: &random) }
        let rows = try await test.store.pool.write { database in
            try times.map { time in
                var job = sample
                job.createdAt = Date(timeIntervalSince1970: Double(time) / 1000)
                try job.update(database)
                var read = [job]
                // Each transition writes the whole row.
                for _ in 0..<3 {
                    let next = try #require(try JobRecord.fetchOne(database, key: sample.jobID.rawValue))
                    try next.update(database)
                    read.append(next)
                }
                return read.map(\.createdAt)
            }
        }
        for (time, dates) in zip(times, rows) {
            let texts = Set(try dates.map { String(decoding: try JSONBody.encoded([$0]), as: UTF8.self) })
            #expect(
                texts.count == 1 && texts.first?.contains(String(format: ".%03dZ", time % 1000)) == true,
                "\(time) \(texts)")
        }
    }

    @Test func nowHasWholeMilliseconds() throws {
        for _ in 0..<1000 {
            let now = Date.wholeMilliseconds()
            let text = String(decoding: try JSONBody.encoded([now]), as: UTF8.self)
            #expect(text == String(decoding: try JSONBody.encoded([now.nearestMillisecond]), as: UTF8.self))
        }
    }
}
