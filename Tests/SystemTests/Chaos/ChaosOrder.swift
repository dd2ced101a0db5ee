import Foundation
import TileCore

/// A random image and its transforms.
struct ChaosOrder: Sendable {
    let width: Int
    let height: Int
    let pixels: PixelFormat
    let source: ImageFileFormat
    let seed: UInt64
    let transforms: String
    let result: ImageFileFormat

    static func random(tileSize: Int, maximumPixels: Int, _ numbers: inout NumberSequence) throws -> ChaosOrder {
        // A wide halo, which takes several passes. Images with such a halo are small, so that they are done in seconds.
        let isWide = tileSize == 512 && maximumPixels > 1_000_000 && numbers.chance(1, in: 8)
        let wide: [PixelFormat] = [.bgr(.sixteen), .bgra(.sixteen)]
        let all: [PixelFormat] = [.gray(.eight), .bgr(.eight), .bgra(.eight), .gray(.sixteen)] + wide
        let pixels = numbers.pick(isWide ? wide : all)
        var width = 200 + numbers.next(below: isWide ? 801 : 2801)
        var height = 200 + numbers.next(below: isWide ? 801 : 2801)
        let most = min(maximumPixels, 300 * tileSize * tileSize, 24_000_000 / pixels.bytesPerPixel)
        while width * height > most {
            width = max(200, width * 3 / 4)
            height = max(200, height * 3 / 4)
        }
        let transforms =
            isWide
            ? Array(repeating: "blur:ksize=255", count: 3).joined(separator: ",")
            : pipeline(for: pixels, halo: tileSize / 2, &numbers)
        let output = try Pipeline(parsing: transforms).output(for: pixels)
        let sources: [ImageFileFormat] = [.png, .tiff, .jpeg]
        let results: [ImageFileFormat] = [.png, .tiff, .jpeg, .bmp]
        return ChaosOrder(
            width: width, height: height, pixels: pixels, source: numbers.pick(sources.filter { $0.canHold(pixels) }),
            seed: UInt64(numbers.next(below: 1 << 30)), transforms: transforms,
            result: numbers.pick(results.filter { $0.canHold(output) }))
    }

    /// Up to four steps of any exact transform, with parameters from their declared ranges.
    private static func pipeline(for pixels: PixelFormat, halo: Int, _ numbers: inout NumberSequence) -> String {
        let descriptors = TransformCatalogue.descriptors.filter { $0.isExact }
        let count = 1 + numbers.next(below: 4)
        var steps: [String] = []
        while steps.count < count {
            let descriptor = numbers.pick(descriptors)
            let longer = steps + [step(descriptor, &numbers)]
            guard let pipeline = try? Pipeline(parsing: longer.joined(separator: ",")),
                pipeline.halo(pixels.depth) <= halo, (try? pipeline.output(for: pixels)) != nil
            else { continue }
            steps = longer
        }
        return steps.joined(separator: ",")
    }

    private static func step(_ descriptor: TransformDescriptor, _ numbers: inout NumberSequence) -> String {
        var text = descriptor.name
        for parameter in descriptor.parameters {
            if numbers.chance(1, in: 5) { continue }
            let low = Int(parameter.range.lowerBound.rounded(.up))
            let high = Int(parameter.range.upperBound.rounded(.down))
            let value: String
            switch parameter.kind {
            case .odd:
                // Larger kernels take longer and show nothing more.
                let first = low | 1
                value = "\(first + 2 * numbers.next(below: (min(high, 31) - first) / 2 + 1))"
            case .integer: value = "\(low + numbers.next(below: high - low + 1))"
            case .number: value = "\(Double(low) + Double(numbers.next(below: (high - low) * 4 + 1)) / 4)"
            }
            text += ":\(parameter.name)=\(value)"
        }
        return text
    }
}

/// The file of an order's image, and the expected result.
struct ChaosWork: Sendable {
    let source: Data
    let expected: Data
}

/// Computes expected results, one at a time, because the machine also runs the system under test.
actor ChaosReferences {
    func work(_ order: ChaosOrder) throws -> ChaosWork {
        let source = try TestImage.file(order.width, order.height, order.pixels, as: order.source, seed: order.seed)
        return ChaosWork(
            source: source,
            expected: try WholeImage.result(of: source, transforms: order.transforms, format: order.result))
    }
}

extension NumberSequence {
    mutating func chance(_ one: Int, in many: Int) -> Bool { next(below: many) < one }

    mutating func pick<Element>(_ choices: [Element]) -> Element { choices[next(below: choices.count)] }
}
