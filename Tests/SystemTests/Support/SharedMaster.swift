import Testing

/// One master for all tests of a suite, because its start takes longer than most tests.
struct SharedMaster: SuiteTrait, TestScoping {
    @TaskLocal private static var current: (master: MasterProcess, bench: Workbench)?

    let arguments: [String]

    /// The master of the suite that the calling test belongs to.
    static var master: MasterProcess {
        get throws { try #require(current, "the suite has the trait .sharedMaster").master }
    }

    /// The folder for files and further processes, which stay until the suite ends.
    static var bench: Workbench {
        get throws { try #require(current, "the suite has the trait .sharedMaster").bench }
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await Workbench.with { bench in
            let master = try await bench.startMaster(arguments)
            try await Self.$current.withValue((master, bench)) { try await function() }
        }
    }
}

extension Trait where Self == SharedMaster {
    static func sharedMaster(_ arguments: String...) -> Self { SharedMaster(arguments: arguments) }
}
