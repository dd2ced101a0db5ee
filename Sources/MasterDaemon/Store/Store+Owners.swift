import GRDB

extension Store {
    /// The number of an owner's unfinished jobs.
    /// - Parameter owner: `nil` for jobs without an owner.
    func unfinishedCount(of owner: String?) async throws -> Int {
        try await read { database in
            try JobRecord
                .filter(
                    [JobStatus.pending.rawValue, JobStatus.processing.rawValue].contains(JobRecord.CodingKeys.status)
                )
                .filter(JobRecord.CodingKeys.owner == owner)
                .fetchCount(database)
        }
    }
}
