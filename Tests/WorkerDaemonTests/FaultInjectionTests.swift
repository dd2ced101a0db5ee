import ArgumentParser
import Testing
import TileCore

@testable import WorkerDaemon

/// Injected faults. The system tests cover crashes.
@Suite struct FaultInjectionTests {
    private func faults(_ variables: [String: String]) throws -> FaultInjection {
        try FaultInjection(EnvironmentSettings(variables))
    }

    private func task(_ transforms: String) throws -> TileTask {
        let size = PixelSize(width: 2, height: 2)
        return TileTask(
            tile: TileID(job: JobID.make(), pass: 0, index: 3), attempt: 1, size: size, format: .gray(.eight),
            inner: TileRegion(whole: size), pipeline: try Pipeline(parsing: transforms), replyTo: "results")
    }

    @Test func withoutVariablesThereIsNone() throws {
        let faults = try faults([:])
        #expect(faults.announcements.isEmpty)
        #expect(faults.knownSteps == TransformCatalogue.names)
        #expect(try faults.around(task("invert")) { 5 } == 5)
    }

    @Test func injectedFaultsAreAnnounced() throws {
        let faults = try faults([
            "TILEWORK_FAULT_SLOWDOWN": "2.5", "TILEWORK_FAULT_TILE_MS": "200",
            "TILEWORK_FAULT_CRASH": "blur:ksize=3,invert@17", "TILEWORK_FAULT_STEPS": "invert,blur",
        ])
        #expect(faults.announcements.count == 4)
        #expect(faults.announcements[3].contains("only blur, invert"))
        #expect(faults.knownSteps == ["blur", "invert"])
        #expect(faults.announcements[0].contains("2.5 times"))
        #expect(faults.announcements[1].contains("200 ms"))
        #expect(faults.announcements[2].contains("'blur:ksize=3,invert' and the index 17"))
    }

    @Test func aTileTakesTheConfiguredTime() throws {
        let faults = try faults(["TILEWORK_FAULT_TILE_MS": "30"])
        let clock = ContinuousClock()
        let start = clock.now
        #expect(try faults.around(task("invert")) { "done" } == "done")
        #expect(clock.now - start >= .milliseconds(30))
    }

    @Test func aTileTakesAMultipleOfItsTime() throws {
        let faults = try faults(["TILEWORK_FAULT_SLOWDOWN": "3"])
        let clock = ContinuousClock()
        let start = clock.now
        try faults.around(task("invert")) {
            let start = clock.now
            while clock.now - start < .milliseconds(10) {}
        }
        #expect(clock.now - start >= .milliseconds(30))
    }

    /// Passes if this process survives.
    @Test func onlyTheConfiguredTileCrashesTheProcess() throws {
        #expect(try faults(["TILEWORK_FAULT_CRASH": "invert@4"]).around(task("invert")) { 5 } == 5)
        #expect(try faults(["TILEWORK_FAULT_CRASH": "invert"]).around(task("invert,invert")) { 5 } == 5)
    }

    @Test(arguments: [
        ("SLOWDOWN", "fast"), ("SLOWDOWN", "0.5"), ("SLOWDOWN", "nan"), ("SLOWDOWN", "inf"), ("TILE_MS", "-1"),
        ("TILE_MS", "1.5"), ("CRASH", "explode"), ("CRASH", "invert@"), ("CRASH", "invert@-1"), ("CRASH", "@3"),
        ("CRASH", "invert@1@2"),
    ])
    func whatCannotBeReadIsRefused(_ name: String, _ text: String) {
        #expect { try faults(["TILEWORK_FAULT_\(name)": text]) } throws: { error in
            (error as? SettingsError)?.description.contains("TILEWORK_FAULT_\(name) is '\(text)'") == true
        }
    }

    @Test func stepsAreNamesOfSteps() {
        for text in ["nothing", "invert,nothing", ","] {
            #expect(throws: SettingsError.self) { try faults(["TILEWORK_FAULT_STEPS": text]) }
        }
    }

    @Test func settingsReadThemOnce() throws {
        let options = try WorkerOptions.parse(["worker-1"])
        let variables = ["TILEWORK_FAULT_TILE_MS": "200"]
        let settings = try WorkerSettings(options, environment: EnvironmentSettings(variables))
        #expect(settings.faults.announcements.count == 1)
        #expect(throws: SettingsError.self) {
            try WorkerSettings(options, environment: EnvironmentSettings(["TILEWORK_FAULT_TILE_MS": "soon"]))
        }
    }
}
