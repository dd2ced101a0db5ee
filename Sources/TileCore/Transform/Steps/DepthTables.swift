internal import Synchronization

/// A step that maps each sample by itself, as a table for each depth, made when first needed.
final class DepthTables: Sendable {
    private let makeValue: @Sendable (SampleDepth) -> (Double) -> Double
    private let tables = Mutex<[SampleDepth: SampleTable]>([:])

    /// - Parameter makeValue: for a depth, the function from a sample to its new value before rounding.
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
    /// What one step of an 8-bit sample is in this depth: 1 or 257.
    var eightBitUnit: Double { Double(maximum / 255) }
}
