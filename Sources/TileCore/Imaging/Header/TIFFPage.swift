/// What the first directory of a TIFF file says of its image, as far as OpenCV 4.6 with libtiff 4.5 decodes it
/// faithfully.
///
/// OpenCV has libtiff turn images of up to 8 bits a sample into 8-bit RGBA and takes its channels from there; it reads
/// 16-bit samples itself, as they are stored.
struct TIFFPage {
    let width: Int
    let height: Int
    let bits: Int
    let samples: Int
    let photometric: Photometric
    let compression: Int
    let isPlanar: Bool
    let isTiled: Bool
    let orientation: Int

    enum Photometric: Int {
        case whiteIsZero = 0
        case blackIsZero = 1
        case rgb = 2
        case palette = 3
        case yCbCr = 6
    }

    enum Compression {
        static let none = 1
        static let jpeg = 7
        static let webp = 50001
        /// Runs and faxes: CCITT RLE, Group 3, Group 4.
        static let bilevel: Set<Int> = [2, 3, 4]
        /// LZW, Deflate (two numbers), LZMA, Zstandard: those that a predictor goes with.
        static let predicted: Set<Int> = [5, 8, 32946, 34925, 50000]
        static let packBits = 32773
    }

    init(_ directory: TIFFDirectory, in file: inout FileBytes) throws(ImageHeaderError) {
        guard let width = try directory.value(.imageWidth, in: &file),
            let height = try directory.value(.imageLength, in: &file),
            let photometric = try directory.value(.photometric, in: &file)
        else { throw .damaged("the TIFF image lacks its width, its height or its kind of color") }
        guard let photometric = Photometric(rawValue: photometric) else {
            throw .unsupported(
                "the TIFF image's colors (photometric interpretation \(photometric)) are not decoded faithfully; "
                    + "save it as RGB")
        }
        self.width = width
        self.height = height
        self.photometric = photometric
        samples = try directory.value(.samplesPerPixel, in: &file) ?? 1
        compression = try directory.value(.compression, in: &file) ?? Compression.none
        isPlanar = try Self.isPlanar(directory, in: &file) && samples > 1
        isTiled = directory.has(.tileWidth) || directory.has(.tileLength)
        let orientation = try directory.value(.orientation, in: &file) ?? 1
        self.orientation = (1...8).contains(orientation) ? orientation : 1
        bits = try Self.bits(directory, in: &file)

        guard (1...4).contains(samples) else {
            throw .unsupported("the TIFF image has \(samples) samples a pixel; 1, 3 and 4 can be decoded")
        }
        let formats = try directory.values(.sampleFormat, 0..<samples, in: &file)
        guard formats.allSatisfy({ $0 == 1 }) else {
            throw .unsupported("the TIFF image's samples are not unsigned integers; convert it to 8 or 16 bits")
        }
        try checkCompression(predictor: try directory.value(.predictor, in: &file) ?? 1)
        if photometric == .palette { try checkPalette(colorCount: directory.count(of: .colorMap)) }
    }

    private static func isPlanar(
        _ directory: TIFFDirectory, in file: inout FileBytes
    ) throws(ImageHeaderError) -> Bool {
        let configuration = try directory.value(.planarConfiguration, in: &file) ?? 1
        guard (1...2).contains(configuration) else {
            throw .damaged("the TIFF image's planar configuration is \(configuration)")
        }
        return configuration == 2
    }

    private static func bits(
        _ directory: TIFFDirectory, in file: inout FileBytes
    ) throws(ImageHeaderError) -> Int {
        let all = try directory.values(.bitsPerSample, 0..<4, in: &file)
        let bits = all.first ?? 1
        guard [1, 8, 16].contains(bits), all.allSatisfy({ $0 == bits }) else {
            throw .unsupported(
                "the TIFF image has \(all.map(String.init).joined(separator: ", ")) bits a sample; "
                    + "convert it to 8 or 16 bits")
        }
        return bits
    }

    /// The shape of the decoded pixels.
    /// - Throws: `.unsupported` for combinations that OpenCV refuses or gets wrong.
    func pixelFormat() throws(ImageHeaderError) -> PixelFormat {
        switch (photometric, bits, samples) {
        case (.blackIsZero, 1, 1), (.whiteIsZero, 1, 1), (.blackIsZero, 8, 1), (.whiteIsZero, 8, 1):
            return .gray(.eight)
        case (.blackIsZero, 16, 1): return .gray(.sixteen)
        case (.palette, 8, 1): return .bgr(.eight)
        case (.rgb, 8, 3): return .bgr(.eight)
        case (.rgb, 8, 4): return .bgra(.eight)
        case (.rgb, 16, 3) where !isPlanar: return .bgr(.sixteen)
        case (.rgb, 16, 4) where !isPlanar: return .bgra(.sixteen)
        case (.yCbCr, 8, 3) where compression == Compression.jpeg && !isPlanar: return .bgr(.eight)
        case (.whiteIsZero, 16, 1):
            throw .unsupported("a 16-bit TIFF image in which zero is white would be decoded as its negative")
        case (.blackIsZero, _, 2...), (.whiteIsZero, _, 2...):
            throw .unsupported("decoding drops the alpha channel of a gray TIFF image; save it as RGBA or as PNG")
        case (.rgb, 16, 3...4):
            throw .unsupported("a 16-bit TIFF image in separate color planes is not decoded faithfully")
        default:
            throw .unsupported(
                "a TIFF image with photometric interpretation \(photometric.rawValue), \(samples) samples of "
                    + "\(bits) bits and compression \(compression) is not decoded faithfully")
        }
    }

    private func checkCompression(predictor: Int) throws(ImageHeaderError) {
        let isKnown =
            switch compression {
            case Compression.none, Compression.packBits: true
            case Compression.jpeg: bits == 8
            case Compression.webp: bits == 8 && photometric == .rgb && !isPlanar
            case let number where Compression.bilevel.contains(number): bits == 1
            // Predictor 2 is horizontal differencing; 3 is for floats only.
            case let number where Compression.predicted.contains(number): predictor == 1 || predictor == 2 && bits >= 8
            default: false
            }
        guard isKnown else {
            throw .unsupported(
                "the TIFF image's compression (number \(compression)) cannot be decoded; save it with LZW or Deflate")
        }
    }

    private func checkPalette(colorCount: Int) throws(ImageHeaderError) {
        guard bits == 8 else {
            throw .unsupported("a TIFF palette image with \(bits) bits a pixel is not decoded; save it as RGB")
        }
        guard colorCount == 3 << 8 else { throw .damaged("the TIFF image's palette has \(colorCount) values") }
    }

    /// The offset of the byte that says that an 8-bit image's alpha is straight (unassociated). libtiff would multiply
    /// the colors by it, which cannot be undone where alpha is low. Where the byte is 0, an extra sample of unspecified
    /// meaning, it leaves all samples as they are stored.
    ///
    /// `nil` where nothing is multiplied: 16-bit images, and colors that are stored multiplied (associated alpha).
    func alphaPatch(_ directory: TIFFDirectory, in file: inout FileBytes) throws(ImageHeaderError) -> Int? {
        guard photometric == .rgb, samples == 4 else { return nil }
        let straight = 2
        let kinds = try directory.values(.extraSamples, 0..<2, in: &file)
        guard kinds.count <= 1, (0...straight).contains(kinds.first ?? 0) else {
            throw .damaged("the TIFF image's extra samples are of no known kind")
        }
        return bits == 8 && kinds.first == straight ? directory.lowestByte(of: .extraSamples) : nil
    }
}
