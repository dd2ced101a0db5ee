import Testing

@testable import TileCore

/// The catalogue describes the transforms correctly.
@Suite struct TransformCatalogueTests {
    @Test func namesAreUniqueAndCanBeWritten() {
        let names = TransformCatalogue.descriptors.map(\.name)
        #expect(Set(names).count == names.count)
        for descriptor in TransformCatalogue.descriptors {
            for name in [descriptor.name] + descriptor.parameters.map(\.name) {
                #expect(!name.isEmpty && name.allSatisfy { $0.isASCII && $0.isLowercase }, "\(name)")
            }
            #expect(Set(descriptor.parameters.map(\.name)).count == descriptor.parameters.count)
            // In JSON, "name" is the key of the step itself.
            #expect(!descriptor.parameters.map(\.name).contains("name"))
            let ofParameters = descriptor.parameters.flatMap { [$0.title, $0.summary] }
            for text in [descriptor.title, descriptor.summary] + ofParameters {
                #expect(!text.isEmpty && !text.contains("\n"))
            }
        }
    }

    @Test func catalogueHasTheDocumentedTransforms() {
        let expected = [
            "grayscale", "invert", "blur", "median", "sharpen", "emboss", "edges", "sepia", "brightness", "contrast",
            "threshold",
        ]
        #expect(TransformCatalogue.descriptors.map(\.name) == expected)
        #expect(TransformCatalogue.descriptors.filter { !$0.isExact }.map(\.name) == ["edges"])
    }

    @Test(arguments: TransformCatalogue.descriptors)
    func defaultsAndBoundsAreAccepted(descriptor: TransformDescriptor) throws {
        _ = try Pipeline(parsing: descriptor.name)
        for parameter in descriptor.parameters {
            #expect(parameter.accepts(parameter.defaultValue), "\(descriptor.name): \(parameter.name)")
            #expect(parameter.accepts(parameter.range.lowerBound))
            #expect(parameter.accepts(parameter.range.upperBound))
            for value in [parameter.range.lowerBound - 1, parameter.range.upperBound + 1, .nan, .infinity, -.infinity] {
                #expect(!parameter.accepts(value))
                #expect(throws: TransformError.self) {
                    try PipelineStep(name: descriptor.name, parameters: [parameter.name: value])
                }
            }
            let named = try PipelineStep(
                name: descriptor.name, parameters: [parameter.name: parameter.defaultValue])
            let unnamed = try PipelineStep(name: descriptor.name, parameters: [:])
            for depth in SampleDepth.allCases {
                #expect(named.transform.halo(depth) == unnamed.transform.halo(depth))
            }
        }
    }

    @Test func parametersAcceptTheirDocumentedValues() {
        let odd = TransformParameter("k", "K", .odd, default: 3, in: -5...5, "")
        #expect((-6...6).filter { odd.accepts(Double($0)) } == [-5, -3, -1, 1, 3, 5])
        #expect(!odd.accepts(2.5) && !odd.accepts(3.0000001))
        let integer = TransformParameter("k", "K", .integer, default: 3, in: 0...4, "")
        #expect((-1...5).filter { integer.accepts(Double($0)) } == [0, 1, 2, 3, 4])
        #expect(!integer.accepts(0.5))
        let number = TransformParameter("k", "K", .number, default: 3, in: 0...0.5, "")
        #expect(number.accepts(0) && number.accepts(0.25) && number.accepts(0.5) && !number.accepts(0.51))
        #expect(odd.allowed == "an odd number from -5 to 5")
        #expect(integer.allowed == "a whole number from 0 to 4")
        #expect(number.allowed == "a number from 0 to 0.5")
    }
}
