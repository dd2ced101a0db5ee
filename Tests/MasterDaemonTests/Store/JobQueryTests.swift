import Foundation
import GRDB
import Testing
import TileCore

@testable import MasterDaemon

@Suite struct JobQueryTests {
    private let test: TestStore
    private var store: Store { test.store }

    init() throws { test = try TestStore() }

    /// Inserts jobs with several values in each column that lists can be sorted by. Many jobs share a value.
    private func insertJobs(_ count: Int) async throws {
        try await store.pool.write { database in
            for number in 0..<count {
                let start = Date(timeIntervalSince1970: 1_700_000_000 + Double(number))
                var job = JobRecord.sample(id: .make(at: start))
                job.move(to: JobStatus.allCases[number % 5])
                job.filename = "\(["b", "A", "c", "Ü"][number % 4])\(number % 7).png"
                job.width = 100 + number * 37 % 11
                job.transforms = ["invert", "blur", "sepia"][number % 3]
                job.tileCount = 6 + number % 4
                job.workedMilliseconds = number * 7919 % 13
                job.batch = number % 2 == 0 ? "even" : nil
                job.owner = number % 3 == 0 ? "ann" : nil
                job.createdAt = start
                try job.insert(database)
                try database.execute(
                    sql: "INSERT INTO job_workers (worker_id, job_id) VALUES (?, ?)",
                    arguments: ["worker-\(number % 6)", job.jobID.rawValue])
            }
        }
    }

    @Test(arguments: JobQuery.Sort.allCases, [false, true])
    func pagesInEachOrderContainEachJobOnce(sort: JobQuery.Sort, isAscending: Bool) async throws {
        try await insertJobs(40)
        let all = try await store.jobs(JobQuery(sort: sort, isAscending: isAscending, limit: 100))
        #expect(Set(all.map(\.jobID)).count == 40)
        var found: [JobID] = []
        var query = JobQuery(sort: sort, isAscending: isAscending, limit: 7)
        repeat {
            let page = try await store.jobs(query)
            found += page.map(\.jobID)
            // A client gets the cursor as text, and sends it back.
            query.cursor = page.last.flatMap { JobCursor(text: JobCursor($0, sort).text) }
        } while query.cursor != nil
        #expect(found == all.map(\.jobID))
        let values = all.map { sort.value(of: $0) }
        let ordered = isAscending ? values : values.reversed()
        switch sort {
        case .created:
            let ids = all.map(\.jobID.rawValue)
            #expect(ids == ids.sorted { ($0 < $1) == isAscending })
        case .size, .tiles, .worked: #expect(ordered.compactMap(Int.init) == values.compactMap(Int.init).sorted())
        case .filename:
            // Letters beyond ASCII sort last, by their code.
            let names = ordered.map { $0.lowercased() }.filter { $0.utf8.allSatisfy { $0 < 128 } }
            #expect(names == names.sorted())
        case .status, .transforms: #expect(ordered == values.sorted())
        }
    }

    @Test func filtersAreJoinedByAnd() async throws {
        try await insertJobs(40)
        let start = Date(timeIntervalSince1970: 1_700_000_000)
        func count(_ change: (inout JobQuery) -> Void) async throws -> Int {
            var query = JobQuery(limit: 100)
            change(&query)
            return try await store.jobs(query).count
        }
        #expect(try await count { $0.batch = "even" } == 20)
        #expect(try await count { $0.worker = "worker-0" } == 7)
        #expect(try await count { $0.worker = "nobody" } == 0)
        #expect(try await count { ($0.from, $0.to) = (start + 10, start + 20) } == 10)
        #expect(try await count { ($0.batch, $0.from) = ("even", start + 30) } == 5)
        #expect(try await count { ($0.owner, $0.worker) = ("ann", "worker-3") } == 7)
    }

    /// Every order, and every filter with few matches, uses an index without sorting.
    @Test func allOrdersAndFiltersHaveIndexes() async throws {
        var queries = JobQuery.Sort.allCases.flatMap { sort in
            [false, true].map { JobQuery(sort: sort, isAscending: $0, limit: 26) }
        }
        for sort in JobQuery.Sort.allCases {
            var query = JobQuery(sort: sort, limit: 26)
            query.cursor = JobCursor(.sample(), sort)
            queries.append(query)
        }
        queries.append(JobQuery(statuses: [.failed], limit: 26))
        queries.append(JobQuery(owner: "ann", limit: 26))
        queries.append(JobQuery(batch: "even", limit: 26))
        for query in queries {
            let plan = try await plan(of: query)
            #expect(plan.contains("USING") && !plan.contains("TEMP B-TREE"), "\(query): \(plan)")
        }
        let worker = try await plan(of: JobQuery(worker: "worker-1", limit: 26))
        #expect(worker.contains("job_workers USING PRIMARY KEY"), "\(worker)")
        let time = try await plan(of: JobQuery(from: Date(), to: Date(), sort: .size, limit: 26))
        #expect(time.contains("USING"), "\(time)")
    }

    private func plan(of query: JobQuery) async throws -> String {
        try await store.read { database in
            let statement = try query.request.makePreparedRequest(database).statement
            let rows = try Row.fetchAll(
                database, sql: "EXPLAIN QUERY PLAN \(statement.sql)", arguments: statement.arguments)
            return rows.map { $0["detail"] as String }.joined(separator: "; ")
        }
    }

    @Test(arguments: ["", "~", "~size", "~size~%", "~size~MQ~", "~created~", "~age~MQ", "~filename~_w"])
    func invalidCursorsAreRefused(end: String) {
        let id = "019c4b7e-6d2a-7f00-8a8e-0123456789ab"
        #expect(JobCursor(text: id)?.sort == .created && JobCursor(text: "\(id)~size~MQ")?.value == "1")
        #expect(JobCursor(text: (end.isEmpty ? "x" : id) + end) == nil)
    }

    @Test(arguments: ["", "a", "ab", "abc", "Ü~%/+ ", "日本"]) func aCursorKeepsItsValue(name: String) throws {
        var job = JobRecord.sample()
        job.filename = name
        let cursor = JobCursor(job, .filename)
        #expect(JobCursor(text: cursor.text) == cursor)
        #expect(cursor.text.utf8.allSatisfy { UInt8(ascii: "-") <= $0 && $0 <= UInt8(ascii: "~") })
    }
}
