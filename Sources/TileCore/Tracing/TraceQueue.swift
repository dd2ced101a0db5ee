internal import DequeModule

/// A bounded queue of spans to send. Drops and counts further spans while it is full. Pure.
struct TraceQueue: Sendable {
    let capacity: Int
    private var spans = Deque<FinishedSpan>()
    private(set) var dropped = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { spans.count }

    /// - Returns: whether the queue was empty before.
    mutating func append(_ span: FinishedSpan) -> Bool {
        guard spans.count < capacity else {
            dropped += 1
            return false
        }
        spans.append(span)
        return spans.count == 1
    }

    /// Takes the oldest spans, at most `most`.
    mutating func take(_ most: Int) -> [FinishedSpan] {
        let batch = Array(spans.prefix(most))
        spans.removeFirst(batch.count)
        return batch
    }

    /// Puts back a batch that was taken, so that it is sent later.
    mutating func putBack(_ batch: [FinishedSpan]) { spans.prepend(contentsOf: batch) }

    /// Counts the spans of a batch that was taken and is given up.
    mutating func drop(_ count: Int) { dropped += count }
}
