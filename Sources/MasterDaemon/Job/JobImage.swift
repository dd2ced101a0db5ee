/// The images of a job that are kept as files.
enum JobImage: String, Sendable, CaseIterable { case source, result }
