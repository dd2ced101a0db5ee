import Foundation
import GRDB
import TileCore

/// A filtered and sorted page of the list of jobs.
struct JobQuery: Sendable {
    /// The orders of a list. Each has an index with the job's id as its last column.
    enum Sort: String, Sendable, CaseIterable {
        case created, filename, status, size, transforms, tiles, worked

        /// The first column of the index; `nil` if the list is sorted by the id alone.
        var key: String? {
            switch self {
            // Ids sort by their time of creation.
            case .created: nil
            case .filename: "filename COLLATE NOCASE"
            case .status: "status"
            case .size: "(width * height)"
            case .transforms: "transforms"
            case .tiles: "tile_count"
            case .worked: "worked_ms"
            }
        }

        /// The job's value in the index's first column.
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

    /// Only jobs in one of these states; empty for all.
    var statuses: Set<JobStatus> = []
    /// Only jobs with this text in their file name, or at the start of their id. Ignores the case of ASCII letters.
    var search = ""
    /// Only jobs of this owner; `nil` for all.
    var owner: String?
    /// Only jobs of this batch; `nil` for all.
    var batch: String?
    /// Only jobs with a tile that this worker has done; `nil` for all.
    var worker: String?
    /// Only jobs that were created at this time or later, and before `to`.
    var from: Date?
    var to: Date?
    var sort = Sort.created
    var isAscending = false
    /// Only jobs after this one in the order.
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

/// A position in a list of jobs: the last job before it. It stays valid when jobs are added or deleted.
struct JobCursor: Sendable, Equatable {
    let job: JobID
    let sort: JobQuery.Sort
    /// The job's value by which the list is sorted; empty if it is sorted by the id alone.
    let value: String
}

extension JobCursor {
    init(_ job: JobRecord, _ sort: JobQuery.Sort) {
        self.init(job: job.jobID, sort: sort, value: sort.value(of: job))
    }
}
