import Testing

// Tests of real processes of `master-main` and `worker-main`. All suites except the last run at the same time, because
// they mostly wait. Within a suite, tests run one at a time.

/// Use cases.
@Suite(.serialized, .timeLimit(.minutes(10))) enum SystemTests {}

/// Workers that crash, stop, join, leave or answer wrongly, and garbage records.
@Suite(.serialized, .timeLimit(.minutes(10))) enum WorkerFaults {}

/// Failures of masters, disks, databases and clocks.
@Suite(.serialized, .timeLimit(.minutes(10))) enum MasterFaults {}

/// Codec processes that crash, hang, or take too much time, memory or disk space.
@Suite(.serialized, .timeLimit(.minutes(10))) enum CodecFaults {}

/// Failures of brokers, growing topics, and masters that share a cluster.
@Suite(.serialized, .timeLimit(.minutes(10))) enum ClusterFaults {}

/// Measurements in seconds and megabytes. `scripts/test` runs them without other tests.
@Suite(.serialized, .timeLimit(.minutes(10))) enum Measurements {}
