internal import DequeModule

/// Spans that wait to be sent, bounded: what comes while it is full is dropped, and counted. Pure.
struct TraceQueue: Sendable {
    let capacity: Int
    private var spans = Deque<FinishedSpan>()
    private(set) var dropped = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { spans.count }

    /// - Returns: whether it is the first that waits.
    mutating func append(_ span: FinishedSpan) -> Bool {
        guard spans.count < capacity else {
            dropped += 1
            return false
        }
        spans.append(span)
        return spans.count == 1
    }

    /// The oldest ones, `most` at most.
    mutating func take(_ most: Int) -> [FinishedSpan] {
        let batch = Array(spans.prefix(most))
        spans.removeFirst(batch.count)
        return batch
    }

    /// A batch that was taken is to be sent later.
    mutating func putBack(_ batch: [FinishedSpan]) { spans.prepend(contentsOf: batch) }

    /// A batch that was taken is given up.
    mutating func drop(_ count: Int) { dropped += count }
}
