import Testing

@testable import MasterDaemon

@Suite struct WelcomeTests {
    private func text(_ host: String, _ port: Int = 5000, workers: Int = 2) -> String {
        Welcome(host: host, port: port, localWorkers: workers).text
    }

    @Test(arguments: [
        ("127.0.0.1", "http://127.0.0.1:5000"), ("0.0.0.0", "http://127.0.0.1:5000"),
        ("::", "http://127.0.0.1:5000"), ("::1", "http://[::1]:5000"), ("example.org", "http://example.org:5000"),
    ])
    func itSaysWhereTheMasterIs(host: String, url: String) {
        let text = text(host)
        #expect(text.contains("ready at \(url)\n"))
        #expect(text.contains("\(url)/api/v1/jobs\n"))
    }

    @Test(arguments: [(1, "its worker …"), (2, "its 2 workers …")])
    func theFirstLineSaysWhatIsWaitedFor(workers: Int, rest: String) {
        let line = Welcome(host: "::", port: 80, localWorkers: workers).firstLine
        #expect(line == "Tilework is at http://127.0.0.1:80; waiting for \(rest)\n")
    }

    @Test(arguments: [
        (0, "No local workers: start one with  worker-main worker-1"),
        (1, "1 local worker; one more:  worker-main worker-2"),
        (2, "2 local workers; one more:  worker-main worker-3"),
    ])
    func itSaysHowToAddAWorker(workers: Int, line: String) {
        #expect(text("127.0.0.1", workers: workers).contains(line + "\n"))
    }

    /// Workers look for their master at port 5000 by default.
    @Test func aWorkerIsToldOfAnotherPort() {
        #expect(text("127.0.0.1", 8080).contains("worker-main worker-3 --master http://127.0.0.1:8080\n"))
    }
}
