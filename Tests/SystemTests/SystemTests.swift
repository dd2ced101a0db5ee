import Testing

// Real processes of `master-main` and `worker-main`. All but the last of these run beside one another: most of their
// time they wait. Within each it is one test at a time.

/// What users do.
@Suite(.serialized, .timeLimit(.minutes(10))) enum SystemTests {}

/// Workers that die, stop, come, go, or answer what they should not; garbage.
@Suite(.serialized, .timeLimit(.minutes(10))) enum WorkerFaults {}

/// Masters, disks, databases and clocks that fail.
@Suite(.serialized, .timeLimit(.minutes(10))) enum MasterFaults {}

/// Codec processes that crash, hang, lie or take too much.
@Suite(.serialized, .timeLimit(.minutes(10))) enum CodecFaults {}

/// Brokers that fail, topics that grow, masters that share them.
@Suite(.serialized, .timeLimit(.minutes(10))) enum ClusterFaults {}

/// What is measured in seconds and megabytes. `scripts/test` gives these the machine for themselves.
@Suite(.serialized, .timeLimit(.minutes(10))) enum Measurements {}
