import Foundation
import GRDB
import TileCore

/// Which jobs somebody wants to see, and in which order.
struct JobQuery: Sendable {
    /// What a list is sorted by. Each has an index, whose last column is the job's id.
    enum Sort: String, Sendable, CaseIterable {
        case created, filename, status, size, transforms, tiles, worked

        /// The first column of its index; `nil` if the id alone says it.
        var key: String? {
            switch self {
            // Ids sort by time.
            case .created: nil
            case .filename: "filename COLLATE NOCASE"
            case .status: "status"
            case .size: "(width * height)"
            case .transforms: "transforms"
            case .tiles: "tile_count"
            case .worked: "worked_ms"
            }
        }

        /// Where a job stands in this order, but for its id.
        func value(of job: JobRecord) -> String {
            switch self {
            case .created: ""
            case .filename: job.filename
            case .status: job.status.rawValue
            case .size: "\(job.width * job.height)"
            case .transforms: job.transforms
            case .tiles: "\(job.tileCount)"
            case .worked: "\(job.workedMilliseconds)"
            }
        }

        fileprivate var isNumber: Bool { [.size, .tiles, .worked].contains(self) }
    }

    /// Those in one of them; empty means all.
    var statuses: Set<JobStatus> = []
    /// Those with it in their file name, in any case of its ASCII letters, or at the start of their id.
    var search = ""
    /// Those of it; `nil` means all.
    var owner: String?
    /// Those that were sent under this name.
    var batch: String?
    /// Those with a tile that it did.
    var worker: String?
    /// Those that were sent from then on, and before then.
    var from: Date?
    var to: Date?
    var sort = Sort.created
    var isAscending = false
    /// Those behind it in the order.
    var cursor: JobCursor?
    var limit: Int

    var request: QueryInterfaceRequest<JobRecord> {
        let direction = isAscending ? "ASC" : "DESC"
        let keys = (sort.key.map { ["\($0) \(direction)"] } ?? []) + ["job_id \(direction)"]
        var request = JobRecord.order(sql: keys.joined(separator: ", ")).limit(limit)
        if !statuses.isEmpty {
            request = request.filter(statuses.map(\.rawValue).contains(JobRecord.CodingKeys.status))
        }
        if let owner { request = request.filter(JobRecord.CodingKeys.owner == owner) }
        if let batch { request = request.filter(JobRecord.CodingKeys.batch == batch) }
        if let from { request = request.filter(JobRecord.CodingKeys.createdAt >= from) }
        if let to { request = request.filter(JobRecord.CodingKeys.createdAt < to) }
        if let worker {
            request = request.filter(
                sql: "job_id IN (SELECT job_id FROM job_workers WHERE worker_id = ?)", arguments: [worker])
        }
        if !search.isEmpty {
            let text = search.reduce(into: "") { $0 += "\\%_".contains($1) ? "\\\($1)" : "\($1)" }
            request = request.filter(
                JobRecord.CodingKeys.filename.like("%\(text)%", escape: "\\")
                    || JobRecord.CodingKeys.jobID.like("\(text)%", escape: "\\"))
        }
        guard let cursor else { return request }
        let sign = isAscending ? ">" : "<"
        guard let key = sort.key else {
            return request.filter(sql: "job_id \(sign) ?", arguments: [cursor.job.rawValue])
        }
        let value: any DatabaseValueConvertible = sort.isNumber ? Int(cursor.value) ?? 0 : cursor.value
        return request.filter(sql: "(\(key), job_id) \(sign) (?, ?)", arguments: [value, cursor.job.rawValue])
    }
}

/// A place in a list of jobs, which stays the same when jobs come and go.
struct JobCursor: Sendable, Equatable {
    let job: JobID
    /// By what the list is sorted, of that job; empty if the id alone says it.
    let value: String

    init(_ job: JobRecord, _ sort: JobQuery.Sort) {
        self.job = job.jobID
        value = sort.value(of: job)
    }

    init(_ job: JobID) {
        self.job = job
        value = ""
    }

    /// From what a list has given.
    init?(text: some StringProtocol) {
        let parts = text.split(separator: "~", maxSplits: 1, omittingEmptySubsequences: false)
        guard let id = JobID(rawValue: String(parts[0])) else { return nil }
        job = id
        guard parts.count == 2 else {
            value = ""
            return
        }
        guard let data = Data(base64Encoded: Self.swapped(parts[1], "-_", "+/").padded),
            let text = String(data: data, encoding: .utf8), !text.isEmpty
        else { return nil }
        value = text
    }

    /// The id, and the value in Base64url behind a tilde.
    var text: String {
        guard !value.isEmpty else { return job.rawValue }
        let encoded = Self.swapped(Data(value.utf8).base64EncodedString(), "+/", "-_")
        return "\(job.rawValue)~\(encoded.filter { $0 != "=" })"
    }

    private static func swapped(_ text: some StringProtocol, _ from: String, _ to: String) -> String {
        let pairs = Dictionary(uniqueKeysWithValues: zip(from, to))
        return String(text.map { pairs[$0] ?? $0 })
    }
}

extension String {
    /// To a multiple of four, as Base64 is.
    fileprivate var padded: String { self + String(repeating: "=", count: (4 - count % 4) % 4) }
}
