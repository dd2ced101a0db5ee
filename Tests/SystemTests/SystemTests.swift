import Testing

/// Real processes of `master-main` and `worker-main` with the broker inside the master.
///
/// One test at a time: each has the machine for itself, and what it measures in seconds means something.
@Suite(.serialized, .timeLimit(.minutes(5))) enum SystemTests {}
