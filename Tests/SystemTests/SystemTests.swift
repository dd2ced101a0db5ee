import Testing

// Real processes of `master-main` and `worker-main`. The first three of these run beside one another: most of their time
// they wait. Within each it is one test at a time.

/// What users do.
@Suite(.serialized, .timeLimit(.minutes(5))) enum SystemTests {}

/// Workers that die, stop, come, go, or answer what they should not.
@Suite(.serialized, .timeLimit(.minutes(5))) enum WorkerFaults {}

/// Masters, disks, databases and brokers that fail.
@Suite(.serialized, .timeLimit(.minutes(5))) enum MasterFaults {}

/// What is measured in seconds and megabytes. `scripts/test` gives these the machine for themselves.
@Suite(.serialized, .timeLimit(.minutes(5))) enum Measurements {}
