/// A table from sample values to new values, for all values of a depth.
public struct SampleTable: Sendable {
    let depth: SampleDepth
    let eightBit: [UInt8]
    let sixteenBit: [UInt16]

    /// Tabulates `value`, rounded half to even and saturated.
    init(depth: SampleDepth, value: (Double) -> Double) {
        self.depth = depth
        let maximum = Double(depth.maximum)
        var (eightBit, sixteenBit): ([UInt8], [UInt16]) = ([], [])
        // A plain loop is fast without optimization, too. Tests make thousands of tables.
        var sample = 0
        while sample <= depth.maximum {
            let rounded = min(max(value(Double(sample)).rounded(.toNearestOrEven), 0), maximum)
            switch depth {
            case .eight: eightBit.append(UInt8(rounded))
            case .sixteen: sixteenBit.append(UInt16(rounded))
            }
            sample += 1
        }
        self.eightBit = eightBit
        self.sixteenBit = sixteenBit
    }

    /// The table of this step followed by `next`.
    func followed(by next: SampleTable) -> SampleTable {
        precondition(depth == next.depth, "tables of one depth")
        return switch depth {
        case .eight: SampleTable(depth: depth, eightBit: eightBit.map { next.eightBit[Int($0)] })
        case .sixteen: SampleTable(depth: depth, sixteenBit: sixteenBit.map { next.sixteenBit[Int($0)] })
        }
    }

    private init(depth: SampleDepth, eightBit: [UInt8] = [], sixteenBit: [UInt16] = []) {
        self.depth = depth
        self.eightBit = eightBit
        self.sixteenBit = sixteenBit
    }
}
