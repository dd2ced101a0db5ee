import Testing

/// Slowloris: connections that never complete their header.
enum SlowHeaders {
    static let beginning = "GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: "

    /// Opens this many connections, and sends a letter on each now and then, until all are ended with 408. Meanwhile an
    /// ordinary client sends requests, which have to be answered.
    /// - Returns: the durations of its requests.
    static func times(of count: Int, at master: MasterProcess) async throws -> [Duration] {
        var slow: [RawConnection] = []
        for _ in 0..<count {
            let connection = try await RawConnection.open(master)
            await connection.send(beginning)
            slow.append(connection)
        }
        var times: [Duration] = []
        while slow.contains(where: { !$0.isClosed }) {
            let start = ContinuousClock.now
            let status = try await master.api.get("/api/v1/limits").status
            times.append(.now - start)
            #expect(status == 200)
            for connection in slow where !connection.isClosed { await connection.send("a") }
        }
        let answered = slow.filter { $0.statuses == [408] }.count
        #expect(answered == slow.count)
        return times
    }
}
