@testable import TileCore

extension Pipeline {
    /// Random exact transforms of the catalogue, in any order, with parameters from their declared ranges.
    ///
    /// Most kernels are small, because the time of a median or a blur grows with them. One in four may have any size.
    /// - Parameter input: the input of the first step. Steps that do not accept it are drawn again.
    static func random(
        steps count: Int, for input: PixelFormat, using generator: inout SeededGenerator
    ) throws -> Pipeline {
        let descriptors = TransformCatalogue.descriptors.filter(\.isExact)
        var steps: [PipelineStep] = []
        while steps.count < count {
            let descriptor = generator.pick(descriptors)
            var parameters: [String: Double] = [:]
            for parameter in descriptor.parameters where !generator.chance(1, in: 5) {
                parameters[parameter.name] = parameter.randomValue(using: &generator)
            }
            let step = try PipelineStep(name: descriptor.name, parameters: parameters)
            guard (try? Pipeline(steps + [step]).output(for: input)) != nil else { continue }
            steps.append(step)
        }
        return try Pipeline(steps)
    }
}

extension TransformParameter {
    /// A random value that the parameter accepts.
    func randomValue(using generator: inout SeededGenerator) -> Double {
        let low = Int(range.lowerBound.rounded(.up))
        let high = Int(range.upperBound.rounded(.down))
        switch kind {
        case .odd:
            let most = generator.chance(1, in: 4) ? high : min(high, 31)
            return Double(generator.int((low / 2)...((most - 1) / 2)) * 2 + 1)
        case .integer: return Double(generator.int(low...high))
        case .number:
            switch generator.int(0...3) {
            case 0: return generator.pick([range.lowerBound, range.upperBound, defaultValue])
            case 1: return Double(generator.int(low...high))
            default: return Double.random(in: range, using: &generator)
            }
        }
    }
}
