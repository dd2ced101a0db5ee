import TileCore

/// A user's request for a job, without the image.
struct JobRequest: Sendable {
    /// The image's name, for people. It is never used as a path.
    var filename: String
    let pipeline: Pipeline
    /// By default, the source's format.
    var format: ImageFileFormat?
    var quality: Int?
    let options: JobOptions
    /// The name of the batch that the image belongs to.
    let batch: String?
    var idempotencyKey: String?

    /// The names of the request's fields in queries and forms.
    static let names = ["transforms", "format", "quality", "filename", "batch"] + JobOptions.names

    /// Reads the text fields of a form or a query.
    /// - Throws: `ServiceError` that names the invalid field.
    init(
        filename: String?, idempotencyKey: String? = nil, _ field: (String) -> String?
    ) throws(ServiceError) {
        let (format, quality) = (field("format"), field("quality"))
        options = try JobOptions(field)
        batch = try Self.batch(field("batch"))
        guard let transforms = field("transforms"), !transforms.isEmpty else {
            throw ServiceError(
                .badTransforms, field: "transforms",
                "'transforms' is missing; name at least one, as in transforms=grayscale,blur:ksize=31")
        }
        pipeline = try Self.pipeline(transforms)
        self.filename = Self.displayName(filename)
        if let format, !format.isEmpty {
            guard let known = ImageFileFormat(rawValue: format.lowercased()) else {
                let names = ImageFileFormat.allCases.map(\.rawValue).joined(separator: ", ")
                throw ServiceError(
                    .badRequest, field: "format", "format is '\(format.prefix(40))'; there are \(names)")
            }
            self.format = known
        }
        if let quality, !quality.isEmpty {
            guard let number = Int(quality), OutputEncoding.qualities.contains(number) else {
                throw ServiceError(
                    .badRequest, field: "quality", "quality is '\(quality.prefix(40))'; it takes 1 to 100")
            }
            self.quality = number
        }
        // By default the format is the source's, which is known only later.
        if let format = self.format { try options.check(for: format, quality: self.quality) }
        if let idempotencyKey, !(1...255).contains(idempotencyKey.utf8.count) {
            throw ServiceError(.badRequest, "the idempotency key has to have 1 to 255 bytes")
        }
        self.idempotencyKey = idempotencyKey
    }

    /// Parses transforms in the text or the JSON form.
    static func pipeline(_ text: String) throws(ServiceError) -> Pipeline {
        do {
            return try Pipeline(parsing: text)
        } catch {
            throw ServiceError(.badTransforms, field: "transforms", error.reason)
        }
    }

    /// The longest name of a batch, in characters.
    static let longestBatch = 64

    /// - Throws: `ServiceError` for a name that a URL could not contain as it is.
    static func batch(_ text: String?) throws(ServiceError) -> String? {
        guard let text, !text.isEmpty else { return nil }
        let isPlain = text.utf8.allSatisfy { byte in
            let character = Character(UnicodeScalar(byte))
            return byte < 128 && (character.isLetter || character.isNumber || "._-".contains(character))
        }
        guard isPlain, text.utf8.count <= longestBatch else {
            throw ServiceError(
                .badRequest, field: "batch",
                "batch is '\(text.prefix(40))'; it takes 1 to \(longestBatch) ASCII letters, digits, '.', '_' and '-'")
        }
        return text
    }

    /// Characters that change the direction of the text after them, and so can disguise a name.
    static let turningCharacters: [UnicodeScalar] = {
        let codes: [UInt32] = [0x061C, 0x200E, 0x200F] + Array(0x202A...0x202E) + Array(0x2066...0x2069)
        return codes.compactMap { UnicodeScalar($0) }
    }()

    /// The last component of the browser's file name, without control characters and shortened.
    private static func displayName(_ name: String?) -> String {
        let last = name?.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        let scalars = last.unicodeScalars.filter {
            $0.properties.generalCategory != .control && !turningCharacters.contains($0)
        }
        let clean = String(String.UnicodeScalarView(scalars.prefix(200)))
        return clean.isEmpty ? "image" : clean
    }
}
