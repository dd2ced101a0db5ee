internal import Synchronization

/// The tables of a step that maps each sample alone: one for each depth, made when it is first needed.
final class DepthTables: Sendable {
    private let makeValue: @Sendable (SampleDepth) -> (Double) -> Double
    private let tables = Mutex<[SampleDepth: SampleTable]>([:])

    /// - Parameter makeValue: gives, for a depth, the function from a sample to its new value before rounding.
    init(_ makeValue: @escaping @Sendable (SampleDepth) -> (Double) -> Double) { self.makeValue = makeValue }

    subscript(depth: SampleDepth) -> SampleTable {
        tables.withLock { tables in
            if let table = tables[depth] { return table }
            let table = SampleTable(depth: depth, value: makeValue(depth))
            tables[depth] = table
            return table
        }
    }
}

extension SampleDepth {
    /// The distance of two neighbouring 8-bit samples in this depth: 1 or 257.
    var eightBitUnit: Double { Double(maximum / 255) }
}
