import GRDB

/// Migrations of histories and lists: working times and events of jobs, the workers of each job, and the indexes of the
/// lists' orders. The rules are those of `Schema`.
enum HistorySchema {
    static func register(in migrator: inout DatabaseMigrator) {
        // A job's working time is the sum of its periods of work. The current period began at `resumed_at`, and the last
        // tile was completed at `active_at`. For jobs from before this migration, all time from start to end counts.
        migrator.registerMigration("0006 batches and the time worked") { database in
            try database.execute(
                sql: """
                    ALTER TABLE jobs ADD COLUMN batch TEXT CHECK (batch <> '');
                    ALTER TABLE jobs ADD COLUMN worked_ms INTEGER NOT NULL DEFAULT 0 CHECK (worked_ms >= 0);
                    ALTER TABLE jobs ADD COLUMN resumed_at TEXT;
                    ALTER TABLE jobs ADD COLUMN active_at TEXT;
                    UPDATE jobs SET worked_ms =
                        max(0, CAST(round((julianday(finished_at) - julianday(started_at)) * 86400000) AS INTEGER))
                    WHERE started_at IS NOT NULL AND finished_at IS NOT NULL;
                    UPDATE jobs SET resumed_at = started_at WHERE status = 'processing';
                    """)
        }
        migrator.registerMigration("0007 what happened to jobs, and who worked on them") { database in
            try database.execute(
                sql: """
                    CREATE TABLE job_events (
                        event_id INTEGER PRIMARY KEY,
                        job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
                        at TEXT NOT NULL,
                        kind TEXT NOT NULL,
                        pass INTEGER CHECK (pass >= 0),
                        position INTEGER CHECK (position >= 0),
                        attempt INTEGER CHECK (attempt >= 1),
                        worker_id TEXT,
                        reason TEXT,
                        CHECK ((pass IS NULL) = (position IS NULL))
                    ) STRICT;
                    CREATE INDEX job_events_by_job ON job_events (job_id, event_id);

                    CREATE TABLE job_workers (
                        worker_id TEXT NOT NULL,
                        job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
                        PRIMARY KEY (worker_id, job_id)
                    ) STRICT, WITHOUT ROWID;
                    CREATE INDEX job_workers_by_job ON job_workers (job_id);
                    INSERT INTO job_workers (worker_id, job_id)
                        SELECT DISTINCT worker_id, job_id FROM tiles
                        WHERE status = 'completed' AND worker_id IS NOT NULL;
                    CREATE TRIGGER workers_are_noted AFTER UPDATE OF status ON tiles
                    WHEN new.status = 'completed' AND new.worker_id IS NOT NULL
                    BEGIN
                        INSERT OR IGNORE INTO job_workers (worker_id, job_id) VALUES (new.worker_id, new.job_id);
                    END;
                    """)
        }
        migrator.registerMigration("0008 orders of the list of jobs") { database in
            try database.execute(
                sql: """
                    CREATE INDEX jobs_by_batch ON jobs (batch, job_id) WHERE batch IS NOT NULL;
                    CREATE INDEX jobs_by_creation ON jobs (created_at);
                    """)
            for sort in JobQuery.Sort.allCases {
                guard let key = sort.key, sort != .status else { continue }
                try database.execute(sql: "CREATE INDEX jobs_sorted_by_\(sort.rawValue) ON jobs (\(key), job_id)")
            }
        }
        // The names of new jobs are stored without these characters.
        migrator.registerMigration("0009 names without characters that turn the writing") { database in
            for scalar in JobRequest.turningCharacters {
                try database.execute(
                    sql: "UPDATE jobs SET filename = replace(filename, ?, '') WHERE instr(filename, ?) > 0",
                    arguments: [String(Character(scalar)), String(Character(scalar))])
            }
            try database.execute(sql: "UPDATE jobs SET filename = 'image' WHERE filename = ''")
        }
    }
}
