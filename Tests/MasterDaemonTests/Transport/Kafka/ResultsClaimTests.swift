import Testing
import TileCore

@testable import MasterDaemon

/// Masters that claim topics of results. Each reads the same log at its own pace.
@Suite struct ResultsClaimTests {
    private var log = ClaimLog()

    @Test mutating func aSingleMasterOwnsTheTopic() {
        log.start("a")
        #expect(!log.hasRank("a"))
        log.settle()
        #expect(log.hasRank("a"))
        for _ in 0..<10 { log.round() }
        #expect(log.living == ["a"])
    }

    @Test mutating func theLaterOfTwoMastersEndsAndNamesTheOwner() {
        log.start("a")
        log.settle()
        log.start("b")
        log.settle()
        #expect(log.living == ["a"])
        #expect(log.holder(seenBy: "b") == "a")
    }

    /// Both send before either of them reads.
    @Test mutating func ofTwoAtOnceTheFirstRecordWins() {
        log.start("a")
        log.start("b")
        log.settle()
        #expect(log.living == ["a"])
    }

    @Test mutating func claimsOfOtherTopicsAreIgnored() {
        log.start("a")
        log.start("b", results: "results-b")
        for _ in 0..<3 { log.round() }
        #expect(log.living == ["a", "b"])
    }

    @Test mutating func aRestartTakesOverFromADeadMaster() {
        log.start("a")
        log.settle()
        log.kill("a")
        log.start("b")
        for _ in 0..<3 { log.round() }
        #expect(log.living == ["b"])
    }

    /// A record that was in flight when its master died is written after the next master's claim.
    @Test mutating func aDeadMastersLastRecordIsNoSignOfLife() {
        log.start("a")
        log.settle()
        log.kill("a", leaving: true)
        log.start("b")
        log.settle()
        log.arrive()
        for _ in 0..<3 { log.round() }
        #expect(log.living == ["b"])
    }

    /// A master that was paused while another one came still owns its topic, because its claim has the lower rank.
    @Test mutating func aPausedMasterKeepsItsTopic() {
        log.start("a")
        log.settle()
        log.start("b")
        for _ in 0..<3 { log.round(but: ["a"]) }
        #expect(log.living == ["a", "b"])
        log.settle()
        #expect(log.living == ["a"])
    }

    /// A consumer that has lost its offset starts at the beginning of the log.
    @Test mutating func oldRecordsReadAgainChangeNothing() {
        log.start("a")
        log.settle()
        log.kill("a")
        log.start("b")
        log.round()
        log.rewind("b")
        for _ in 0..<3 { log.round() }
        #expect(log.living == ["b"])
        log.start("c")
        log.settle()
        #expect(log.living == ["b"])
        #expect(log.holder(seenBy: "c") == "b")
    }

    /// The first record may be before the offset from which its master reads.
    @Test mutating func aRecordThatWasNotEchoedIsNoClaim() {
        log.start("a")
        log.skip("a")
        log.start("b")
        log.settle(but: ["a"])
        log.send("a")
        for _ in 0..<3 { log.round() }
        #expect(log.living == ["b"])
    }

    @Test func afterTheTopicIsRecreatedTheNextRecordSetsTheRank() {
        var claim = ResultsClaim(ClaimLog.master("a"))
        for offset: Int64 in [1000, 3] {
            let step = claim.hear(ClaimLog.master("a"), at: offset)
            #expect(step == .rest)
            #expect(claim.record.claim == offset)
        }
    }

    /// Masters start, pause, die and read in a random order.
    @Test(arguments: 1...300) func atMostOneMasterOwnsTheTopicAndNoneEndsForADeadOne(seed: UInt64) {
        var log = ClaimLog()
        var generator = SeededGenerator(seed: seed)
        let isDeadly = seed % 2 == 0
        var started = 0
        for _ in 0..<200 {
            let someone = log.living.randomElement(using: &generator)
            switch (Int.random(in: 0..<20, using: &generator), someone) {
            case (0, _) where started < 8:
                log.start("m\(started)")
                if Bool.random(using: &generator) { log.skip("m\(started)") }
                started += 1
            case (1, let someone?) where isDeadly: log.kill(someone, leaving: Bool.random(using: &generator))
            case (2, _): log.arrive()
            case (3...6, let someone?): log.send(someone)
            case (_, let someone?): log.read(someone)
            default: break
            }
        }
        log.start("last")
        for _ in 0..<4 {
            log.arrive()
            log.round()
        }
        // If masters die, none may be left: a slow master ends because of one that died meanwhile, after a third one has
        // ended because of the slow one.
        let living = log.living.count
        #expect(living == 1 || (isDeadly && living == 0), "seed \(seed)")
        for (ended, holder) in log.ends {
            #expect(log.wasAliveAtClaim(holder, before: ended), "seed \(seed): \(ended) ended for \(holder)")
        }
    }
}

/// A partition with claims, and the masters that read it.
private struct ClaimLog {
    private struct Member {
        var claim: ResultsClaim
        /// The number of records that the master has read.
        var read: Int
        /// The length of the log when the master died.
        var death: Int?
        var holder: String?
        var lives: Bool { death == nil && holder == nil }
    }

    private var records: [MasterClaim] = []
    /// Records of dead masters that the cluster has not written yet.
    private var late: [MasterClaim] = []
    private var members: [String: Member] = [:]

    static func master(_ name: String, results: String = "results") -> MasterClaim {
        MasterClaim(results: results, instance: name, host: "host", pid: 1)
    }

    var living: [String] { members.filter { $0.value.lives }.keys.sorted() }
    /// The masters that ended, each with the owner of the topic.
    var ends: [(String, String)] { members.compactMap { name, member in member.holder.map { (name, $0) } } }

    func hasRank(_ name: String) -> Bool { members[name]?.claim.hasRank == true }
    func holder(seenBy name: String) -> String? { members[name]?.holder }

    /// Whether `holder` was alive when `ended` made its claim.
    func wasAliveAtClaim(_ holder: String, before ended: String) -> Bool {
        guard let rank = members[ended]?.claim.record.claim, let other = members[holder] else { return false }
        return other.death.map { $0 > Int(rank) } ?? true
    }

    mutating func start(_ name: String, results: String = "results") {
        members[name] = Member(claim: ResultsClaim(Self.master(name, results: results)), read: records.count)
        send(name)
    }

    mutating func send(_ name: String) {
        guard let member = members[name] else { return }
        records.append(member.claim.record)
    }

    /// - Parameter leaving: whether a last record of the master is in flight.
    mutating func kill(_ name: String, leaving: Bool = false) {
        members[name]?.death = records.count
        if leaving, let member = members[name] { late.append(member.claim.record) }
    }

    /// Writes one of the late records.
    mutating func arrive() { if !late.isEmpty { records.append(late.removeFirst()) } }

    /// Lets a master read one record and carry out its step.
    mutating func read(_ name: String) {
        guard var member = members[name], member.lives, member.read < records.count else { return }
        let step = member.claim.hear(records[member.read], at: Int64(member.read))
        member.read += 1
        if case .end(let holder) = step { member.holder = holder.instance }
        members[name] = member
        if step == .send { send(name) }
    }

    /// Lets a master skip all records so far.
    mutating func skip(_ name: String) { members[name]?.read = records.count }

    mutating func rewind(_ name: String) { members[name]?.read = 0 }

    /// Lets all masters read in turns until the end of the log.
    mutating func settle(but paused: [String] = []) {
        let readers = { (log: ClaimLog) in
            log.living.filter { !paused.contains($0) && (log.members[$0]?.read ?? 0) < log.records.count }
        }
        // A limit on the number of records, so that an endless exchange fails the test instead of blocking it.
        for _ in 0..<10_000 {
            let waiting = readers(self)
            if waiting.isEmpty { return }
            for name in waiting { read(name) }
        }
        Issue.record("the masters' exchange of claims does not end")
    }

    /// Lets all masters send their claims, as they do every few seconds, and read.
    mutating func round(but paused: [String] = []) {
        for name in living where !paused.contains(name) { send(name) }
        settle(but: paused)
    }
}
