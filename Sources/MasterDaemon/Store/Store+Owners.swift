import GRDB

extension Store {
    /// How many jobs of an owner are not finished.
    /// - Parameter owner: `nil` for the jobs of nobody.
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
