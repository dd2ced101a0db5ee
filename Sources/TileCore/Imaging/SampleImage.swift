internal import Foundation

/// A picture for trying things out: hills under an evening sky, the same on every machine.
public enum SampleImage {
    public static let size = PixelSize(width: 2048, height: 1536)

    /// Draws it in 8-bit BGR at any size.
    package static func draw(_ size: PixelSize) -> PixelBuffer {
        let ridges = (0..<4).map { layer in
            (0..<size.width).map { ridge(layer: Double(layer), x: Double($0) / Double(size.width)) }
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size.area * 3)
        for row in 0..<size.height {
            let y = Double(row) / Double(size.height)
            for column in 0..<size.width {
                let nearest = ridges.lastIndex { y > $0[column] }
                let color =
                    nearest.map { hill($0, depth: y - ridges[$0][column]) }
                    ?? sky(x: Double(column) / Double(size.width), y: y)
                // A little noise, so that filters have an effect everywhere.
                let grain = Double(noise(column, row) & 15) - 7.5
                for channel in [color.blue, color.green, color.red] {
                    bytes.append(UInt8(min(max(channel + grain, 0), 255)))
                }
            }
        }
        return PixelBuffer(adopting: OwnedBytes(copying: bytes), size: size, format: .bgr(.eight))
    }

    private struct Color {
        let red: Double
        let green: Double
        let blue: Double

        func mixed(with other: Color, _ part: Double) -> Color {
            Color(
                red: red + (other.red - red) * part, green: green + (other.green - green) * part,
                blue: blue + (other.blue - blue) * part)
        }
    }

    /// The height of a chain of hills at `x`, as a fraction of the image's height from the top.
    private static func ridge(layer: Double, x: Double) -> Double {
        let wave = sin(x * (5 + 2 * layer) + layer * 1.7) * 0.05 + sin(x * (17 + 5 * layer) + layer) * 0.02
        return 0.5 + layer * 0.12 + wave + sin(x * 61 + layer * 3) * 0.004
    }

    private static func hill(_ layer: Int, depth: Double) -> Color {
        let far = Color(red: 120, green: 110, blue: 150)
        let near = Color(red: 24, green: 48, blue: 40)
        return far.mixed(with: near, Double(layer) / 3).mixed(with: Color(red: 10, green: 16, blue: 20), depth * 0.8)
    }

    private static func sky(x: Double, y: Double) -> Color {
        let distance = ((x - 0.68) * (x - 0.68) * 1.8 + (y - 0.36) * (y - 0.36)).squareRoot()
        if distance < 0.055 { return Color(red: 255, green: 244, blue: 214) }
        let air = Color(red: 38, green: 60, blue: 120).mixed(
            with: Color(red: 250, green: 160, blue: 90), min(1, y * 1.7))
        return air.mixed(with: Color(red: 255, green: 214, blue: 150), max(0, 0.8 - distance * 2.4))
    }

    /// A hash of a position. Its low bits look random.
    private static func noise(_ x: Int, _ y: Int) -> UInt32 {
        var value = UInt32(truncatingIfNeeded: x) &* 0x9E37_79B1 ^ UInt32(truncatingIfNeeded: y) &* 0x85EB_CA77
        value ^= value >> 15
        value = value &* 0x2C1B_3C6D
        return value >> 12
    }
}
