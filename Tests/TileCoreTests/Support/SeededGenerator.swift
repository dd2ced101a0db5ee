@testable import TileCore

/// SplitMix64 (Steele, Lea, Flood 2014). One seed gives the same values on every machine, so a failure can be repeated
/// with its seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    mutating func chance(_ one: Int, in many: Int) -> Bool { int(1...many) <= one }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[int(0...(choices.count - 1))] }

    /// A random length from 1 to `limit`. At least one in three is 40 or less.
    mutating func side(upTo limit: Int) -> Int {
        chance(1, in: 3) ? int(1...min(limit, 40)) : int(1...limit)
    }
}

extension PixelFormat {
    /// All formats of an image: 1, 3 and 4 channels of 8 and of 16 bits.
    static let everyFormat: [PixelFormat] = SampleDepth.allCases.flatMap { depth in
        [PixelFormat.gray(depth), .bgr(depth), .bgra(depth)]
    }

    /// The formats that a step gets, which never have alpha.
    static let colorFormats = everyFormat.filter { !$0.hasAlpha }
}
