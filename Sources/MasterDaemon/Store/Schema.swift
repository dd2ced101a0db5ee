import GRDB

/// The tables, as numbered migrations. A released migration is never edited; changes are new migrations.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001 jobs, tiles and workers") { database in
            try database.execute(
                sql: """
                    CREATE TABLE jobs (
                        job_id TEXT PRIMARY KEY NOT NULL CHECK (length(job_id) = 36),
                        filename TEXT NOT NULL,
                        status TEXT NOT NULL
                            CHECK (status IN ('pending', 'processing', 'completed', 'failed', 'cancelled')),
                        created_at TEXT NOT NULL,
                        started_at TEXT,
                        finished_at TEXT,
                        output_path TEXT,
                        output_bytes INTEGER CHECK (output_bytes > 0),
                        error TEXT,
                        source_bytes INTEGER NOT NULL CHECK (source_bytes > 0),
                        source_format TEXT NOT NULL,
                        width INTEGER NOT NULL CHECK (width BETWEEN 1 AND 1048576),
                        height INTEGER NOT NULL CHECK (height BETWEEN 1 AND 1048576),
                        channels INTEGER NOT NULL CHECK (channels IN (1, 3, 4)),
                        depth INTEGER NOT NULL CHECK (depth IN (8, 16)),
                        transforms TEXT NOT NULL CHECK (transforms <> ''),
                        format TEXT NOT NULL,
                        quality INTEGER CHECK (quality BETWEEN 1 AND 100),
                        tile_size INTEGER NOT NULL CHECK (tile_size > 0),
                        pass INTEGER NOT NULL CHECK (pass >= 0),
                        tile_count INTEGER NOT NULL CHECK (tile_count > 0),
                        boot_id TEXT,
                        idempotency_key TEXT UNIQUE,
                        fingerprint TEXT NOT NULL,
                        CHECK ((status = 'completed') = (output_path IS NOT NULL)),
                        CHECK ((status IN ('completed', 'failed', 'cancelled')) = (finished_at IS NOT NULL)),
                        CHECK ((status = 'failed') = (error IS NOT NULL))
                    ) STRICT;
                    CREATE INDEX jobs_by_status ON jobs (status, job_id);

                    CREATE TABLE tiles (
                        tile_id INTEGER PRIMARY KEY,
                        job_id TEXT NOT NULL REFERENCES jobs (job_id) ON DELETE CASCADE,
                        pass INTEGER NOT NULL CHECK (pass >= 0),
                        position INTEGER NOT NULL CHECK (position >= 0),
                        x INTEGER NOT NULL CHECK (x >= 0),
                        y INTEGER NOT NULL CHECK (y >= 0),
                        status TEXT NOT NULL CHECK (status IN ('pending', 'processing', 'completed', 'failed')),
                        worker_id TEXT,
                        milliseconds REAL,
                        UNIQUE (job_id, pass, position)
                    ) STRICT;

                    CREATE TABLE workers (
                        worker_id TEXT PRIMARY KEY NOT NULL,
                        status TEXT NOT NULL CHECK (status IN ('online', 'offline')),
                        last_heartbeat TEXT NOT NULL,
                        host TEXT NOT NULL,
                        pid INTEGER NOT NULL,
                        slots INTEGER NOT NULL CHECK (slots > 0),
                        tiles_done INTEGER NOT NULL CHECK (tiles_done >= 0)
                    ) STRICT;
                    """)
        }
        migrator.registerMigration("0002 generations of runs and counts of tiles") { database in
            try database.execute(
                sql: """
                    ALTER TABLE jobs ADD COLUMN generation INTEGER NOT NULL DEFAULT 0 CHECK (generation >= 0);
                    ALTER TABLE jobs ADD COLUMN tiles_completed INTEGER NOT NULL DEFAULT 0
                        CHECK (tiles_completed BETWEEN 0 AND tile_count);
                    ALTER TABLE jobs ADD COLUMN tiles_failed INTEGER NOT NULL DEFAULT 0
                        CHECK (tiles_failed BETWEEN 0 AND tile_count);
                    UPDATE jobs SET
                        tiles_completed = (
                            SELECT count(*) FROM tiles WHERE tiles.job_id = jobs.job_id AND status = 'completed'),
                        tiles_failed = (
                            SELECT count(*) FROM tiles WHERE tiles.job_id = jobs.job_id AND status = 'failed');
                    CREATE TRIGGER tiles_are_counted AFTER UPDATE OF status ON tiles
                    WHEN (old.status IN ('completed', 'failed') OR new.status IN ('completed', 'failed'))
                        AND old.status <> new.status
                    BEGIN
                        UPDATE jobs SET
                            tiles_completed = tiles_completed + (new.status = 'completed')
                                - (old.status = 'completed'),
                            tiles_failed = tiles_failed + (new.status = 'failed') - (old.status = 'failed')
                        WHERE job_id = new.job_id;
                    END;
                    """)
        }
        migrator.registerMigration("0003 options of results and notes") { database in
            try database.execute(
                sql: """
                    ALTER TABLE jobs ADD COLUMN options TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(options));
                    ALTER TABLE jobs ADD COLUMN notes TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(notes));
                    """)
        }
        // Idempotency keys belong to owners: two owners may use the same key.
        migrator.registerMigration("0004 owners of jobs") { database in
            try database.execute(
                sql: """
                    ALTER TABLE jobs ADD COLUMN owner TEXT CHECK (owner <> '');
                    CREATE INDEX jobs_by_owner ON jobs (owner, job_id);
                    """)
        }
        // The request and the trace that created a job, for its log lines and spans.
        migrator.registerMigration("0005 requests and traces of jobs") { database in
            try database.execute(
                sql: """
                    ALTER TABLE jobs ADD COLUMN request_id TEXT CHECK (request_id <> '');
                    ALTER TABLE jobs ADD COLUMN trace_parent TEXT CHECK (length(trace_parent) = 55);
                    """)
        }
        HistorySchema.register(in: &migrator)
        return migrator
    }
}
