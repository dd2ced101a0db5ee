import Testing

@testable import TileCore

/// Both forms of a pipeline are parsed, and give the same steps.
@Suite struct PipelineParsingTests {
    @Test(
        arguments: [
            ("invert", #"[{"name":"invert"}]"#),
            (
                "grayscale,blur:ksize=31,sharpen",
                #"[{"name":"grayscale"},{"name":"blur","ksize":31},{"name":"sharpen"}]"#
            ),
            ("blur:sigma=2.5:ksize=7", #"[{"ksize":7,"name":"blur","sigma":2.5}]"#),
            ("edges:high=90.25:low=0", #" [ { "name" : "edges", "low": 0, "high": 9.025e1 } ] "#),
            (
                "brightness:delta=-255,contrast:factor=0",
                "[{\"name\":\"brightness\",\"delta\":-255},\n{\"name\":\"contrast\",\"factor\":0.0}]"
            ),
        ])
    func textAndJSONGiveTheSame(text: String, json: String) throws {
        let fromText = try Pipeline(parsing: text)
        let fromJSON = try Pipeline(parsing: json)
        #expect(fromText == fromJSON)
        #expect(fromText.description == fromJSON.description)
        #expect(fromText.hashValue == fromJSON.hashValue)
    }

    @Test(
        arguments: [
            ("  invert\n", "invert"), ("blur: ksize=5 , invert ", "blur:ksize=5,invert"),
            ("blur:ksize=+5", "blur:ksize=5"), ("blur:ksize=5.0", "blur:ksize=5"), ("blur:ksize=0.5e1", "blur:ksize=5"),
            ("blur:sigma=.5", "blur:sigma=0.5"), ("blur:sigma=1E-3", "blur:sigma=0.001"),
            ("edges:high=300:low=20", "edges:low=20:high=300"), ("brightness:delta=-0", "brightness:delta=0"),
        ])
    func equivalentTextsHaveOneCanonicalForm(text: String, canonical: String) throws {
        #expect(try Pipeline(parsing: text).description == canonical)
    }

    @Test func onlyNamedParametersAreInTheDescription() throws {
        #expect(try Pipeline(parsing: "blur,median").description == "blur,median")
        #expect(try Pipeline(parsing: "blur").steps[0].given.isEmpty)
        let given = try Pipeline(parsing: "blur:sigma=1:ksize=3").steps[0].given
        #expect(given.map(\.name) == ["ksize", "sigma"])
        #expect(given.map(\.value) == [3, 1])
    }

    @Test(arguments: 1...200) func descriptionsAreReadBackAsTheSame(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let pipeline = try Pipeline.random(
            steps: generator.int(1...Pipeline.maximumSteps), for: .bgr(.eight), using: &generator)
        let again = try Pipeline(parsing: pipeline.description)
        #expect(again == pipeline, "seed \(seed): '\(pipeline)'")
        #expect(again.halo(.eight) == pipeline.halo(.eight) && again.halo(.sixteen) == pipeline.halo(.sixteen))
        for (left, right) in zip(again.steps, pipeline.steps) {
            #expect(left.given.map(\.value) == right.given.map(\.value), "seed \(seed): '\(pipeline)'")
        }
    }

    /// Every value that a parameter accepts survives the text form to the last bit.
    @Test(arguments: ["0.1", "1e-300", "5e-324", "99.99999999999999", "0.30000000000000004", "1e2", "1e-5"])
    func numbersKeepEveryBit(number: String) throws {
        let pipeline = try Pipeline(parsing: "blur:sigma=\(number)")
        let value = try #require(pipeline.steps[0].given.first).value
        #expect(value == Double(number))
        let again = try Pipeline(parsing: pipeline.description)
        #expect(again.steps[0].given.first?.value.bitPattern == value.bitPattern)
    }

    @Test func atMost32StepsAreAccepted() throws {
        let most = Array(repeating: "invert", count: 32).joined(separator: ",")
        #expect(try Pipeline(parsing: most).steps.count == 32)
        let objects = Array(repeating: #"{"name":"blur","ksize":255,"sigma":12.345678901234567}"#, count: 32)
        #expect(try Pipeline(parsing: "[\(objects.joined(separator: ","))]").steps.count == 32)
    }

    /// The longest accepted pipeline is read back from a record's header.
    @Test func theLongestPipelineFitsATask() throws {
        let step = "blur:ksize=255:sigma=12.345678901234567"
        let pipeline = try Pipeline(parsing: Array(repeating: step, count: 32).joined(separator: ","))
        let size = PixelSize(width: 64, height: 64)
        let task = TileTask(
            tile: TileID(job: .make(), pass: 0, index: 0), attempt: 1, size: size, format: .gray(.eight),
            inner: TileRegion(whole: size), pipeline: pipeline, replyTo: String(repeating: "r", count: 249))
        #expect(try TileTask(header: task.header.value, payloadCount: size.area) == task)
    }

    @Test func haloIsTheSumOfTheSteps() throws {
        for (text, eight, sixteen) in [
            ("invert", 0, 0), ("blur", 43, 49), ("blur:ksize=1", 0, 0), ("median", 2, 2), ("median:ksize=31", 15, 15),
            ("sharpen", 1, 1), ("emboss", 1, 1), ("edges", 32, 32), ("blur,blur:ksize=3,sharpen,sepia,edges", 77, 83),
            ("blur:ksize=31", 14, 15), ("blur:ksize=255", 109, 127), ("blur:ksize=255:sigma=0.01", 0, 0),
        ] {
            #expect(try Pipeline(parsing: text).halo(.eight) == eight, "\(text)")
            #expect(try Pipeline(parsing: text).halo(.sixteen) == sixteen, "\(text)")
        }
    }
}
