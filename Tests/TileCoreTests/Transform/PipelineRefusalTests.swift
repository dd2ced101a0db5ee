import Testing

@testable import TileCore

/// What is refused and with which code. The message says where the error is, and what would be right.
@Suite struct PipelineRefusalTests {
    private func refusal(of text: String) throws -> TransformError {
        let error = #expect(throws: TransformError.self) { try Pipeline(parsing: text) }
        return try #require(error)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let text: String
        let code: TransformError.Code
        let words: [String]
        var testDescription: String { String(text.prefix(60)) }

        init(_ text: String, _ code: TransformError.Code, _ words: String...) {
            self.text = text
            self.code = code
            self.words = words
        }
    }

    static let cases = [
        Case("", .empty, "grayscale,blur:ksize=31"),
        Case(" \n\t ", .empty, "at least one"),
        Case("[]", .empty, "at least one"),
        Case("swirl", .unknownTransform, "'swirl'", "grayscale, invert, blur", "threshold"),
        Case("invert,Blur", .unknownTransform, "'Blur'", "blur"),
        Case(#"[{"name":"swirl"}]"#, .unknownTransform, "'swirl'", "sepia"),
        Case("invert,,blur", .malformed, "step 2", "invert,blur:ksize=5"),
        Case(",", .malformed, "step 1"),
        Case("invert,", .malformed, "step 2"),
        Case(":ksize=3", .malformed, "step 1"),
        Case("blur:", .malformed, "blur", "key=value"),
        Case("blur:ksize", .malformed, "blur", "'ksize'", "key=value"),
        Case("blur:=5", .malformed, "blur", "'=5'", "key=value"),
        Case("blur:ksize=3:ksize=5", .malformed, "blur", "ksize", "twice"),
        Case("blur:radius=3", .unknownParameter, "blur", "'radius'", "ksize, sigma"),
        Case("invert:ksize=3", .unknownParameter, "invert", "'ksize'", "takes none"),
        Case(#"[{"name":"median","sigma":3}]"#, .unknownParameter, "median", "'sigma'", "ksize"),
        Case("blur:Ksize=3", .unknownParameter, "blur", "'Ksize'", "ksize"),
        Case("blur:ksize=4", .badValue, "blur", "ksize", "is 4", "an odd number from 1 to 255"),
        Case("blur:ksize=-1", .badValue, "blur", "ksize", "is -1", "an odd number from 1 to 255"),
        Case("blur:ksize=257", .badValue, "blur", "ksize", "is 257", "1 to 255"),
        Case("blur:ksize=5.5", .badValue, "blur", "ksize", "is 5.5", "an odd number"),
        Case("blur:ksize=1e300", .badValue, "blur", "ksize", "1e+300", "1 to 255"),
        Case("median:ksize=1", .badValue, "median", "ksize", "is 1", "an odd number from 3 to 31"),
        Case("brightness:delta=255.5", .badValue, "brightness", "delta", "255.5", "a number from -255 to 255"),
        Case("contrast:factor=-0.1", .badValue, "contrast", "factor", "-0.1", "a number from 0 to 10"),
        Case("threshold:level=256", .badValue, "threshold", "level", "256", "a number from 0 to 255"),
        Case("edges:low=300", .badValue, "edges", "low is 300", "high is 200", "low cannot be above high"),
        Case("edges:low=5:high=4", .badValue, "edges", "low is 5", "high is 4"),
        Case(#"[{"name":"blur","ksize":4}]"#, .badValue, "blur", "ksize", "is 4", "an odd number from 1 to 255"),
        Case(#"[{"name":"blur","ksize":"5"}]"#, .badValue, "blur", "ksize", "no number"),
        Case(#"[{"ksize":5}]"#, .malformed, "step 1", "name"),
        Case(#"[{"name":"invert"},{"name":5}]"#, .malformed, "step 2", "name"),
        Case(#"[{"name":"blur","ksize":true}]"#, .malformed, "JSON"),
        Case(#"[{"name":"blur","ksize":null}]"#, .malformed, "JSON"),
        Case(#"[{"name":"blur","ksize":[3]}]"#, .malformed, "JSON"),
        Case(#"[{"name":"blur","ksize":NaN}]"#, .malformed, "JSON"),
        Case(#"[{"name":"blur","ksize":1e999}]"#, .malformed, "JSON"),
        Case(#"["invert"]"#, .malformed, "JSON"),
        Case(#"[{"name":"invert"}"#, .malformed, "JSON"),
        Case(#"[{"name":"invert"}]]"#, .malformed, "JSON"),
        Case(#"{"name":"invert"}"#, .malformed, "JSON array"),
        Case("null", .unknownTransform, "'null'"),
    ]

    @Test(arguments: cases) func refusalNamesTheErrorAndTheRemedy(refused: Case) throws {
        let error = try refusal(of: refused.text)
        #expect(error.code == refused.code, "\(error.reason)")
        for word in refused.words { #expect(error.reason.contains(word), "'\(word)' is not in: \(error.reason)") }
        #expect(error.description == error.reason)
    }

    @Test(
        arguments: [
            "nan", "NaN", "-nan", "inf", "-inf", "infinity", "0x1F", "0x1p4", "1e400", "-1e400", "1_000", "", "٥",
            "five", "1e", "+-3", "3px", "--3", "1e+", ".", "5\u{0}", "5 5", "(5)", "½",
        ])
    func invalidNumbersAreRefused(number: String) throws {
        for text in ["blur:ksize=3:sigma=\(number),invert", "blur:sigma=\(number)"] {
            let error = try refusal(of: text)
            #expect(error.code == .badValue)
            #expect(error.reason == "blur: sigma is '\(number)', which is no number")
        }
    }

    @Test func moreThan32StepsAreRefused() throws {
        for count in [33, 400] {
            for text in [
                Array(repeating: "invert", count: count).joined(separator: ","),
                "[" + Array(repeating: #"{"name":"invert"}"#, count: count).joined(separator: ",") + "]",
            ] {
                let error = try refusal(of: text)
                #expect(error.code == .tooManySteps)
                #expect(error.reason.contains("\(count) steps") && error.reason.contains("32"), "\(error.reason)")
            }
        }
    }
}
