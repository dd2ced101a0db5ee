/// Follows the codes of a run-length-encoded BMP image to its end without making pixels (Windows GDI, "Bitmap
/// Compression"), so as to know that the whole image is there.
///
/// It accepts what OpenCV 4.6 decodes. An eight-bit run that fills a row goes on in the next by itself, and the end
/// of line after it counts for nothing. Of four-bit files OpenCV decodes neither jumps nor an early end.
struct BMPRunLength {
    private let width: Int
    private let height: Int
    private let isFourBit: Bool
    private var x = 0
    private var y = 0
    private var hasWrapped = false

    init(width: Int, height: Int, isFourBit: Bool) {
        self.width = width
        self.height = height
        self.isFourBit = isFourBit
    }

    mutating func check(from start: Int, in file: inout FileBytes) throws(ImageHeaderError) {
        var offset = start
        while y < height {
            let (count, code) = try pair(at: offset, in: &file)
            offset += 2
            switch (count, code) {
            case (0, 0): endLine()
            case (0, 1): return try endBitmap()
            case (0, 2):
                let (right, down) = try pair(at: offset, in: &file)
                try jump(right: right, down: down)
                offset += 2
            case (0, _):
                try advance(by: code)
                hasWrapped = false
                // Literal samples are padded to two bytes.
                let bytes = isFourBit ? (code + 1) / 2 : code
                try file.require(bytes + bytes % 2, at: offset, for: "its pixels")
                offset += bytes + bytes % 2
            default:
                try advance(by: count)
                if !isFourBit { wrap() }
            }
        }
    }

    private func pair(at offset: Int, in file: inout FileBytes) throws(ImageHeaderError) -> (Int, Int) {
        try file.require(2, at: offset, for: "its pixels")
        let value = try file.uint16(at: offset, .little)
        return (value & 0xFF, value >> 8)
    }

    private mutating func advance(by count: Int) throws(ImageHeaderError) {
        guard count <= width - x else { throw .damaged("a run of the BMP image is longer than its row") }
        x += count
    }

    private mutating func wrap() {
        hasWrapped = x == width
        if hasWrapped { (x, y) = (0, y + 1) }
    }

    private mutating func endLine() {
        if hasWrapped && x == 0 {
            hasWrapped = false
        } else {
            (x, y) = (0, y + 1)
        }
    }

    private func endBitmap() throws(ImageHeaderError) {
        guard !isFourBit || y == height - 1 else {
            throw .unsupported("the 4-bit BMP image ends before its last row, which cannot be decoded")
        }
    }

    private mutating func jump(right: Int, down: Int) throws(ImageHeaderError) {
        guard !isFourBit else { throw .unsupported("the 4-bit BMP image skips pixels, which cannot be decoded") }
        let position = (y + down) * width + x + right
        (y, x) = position.quotientAndRemainder(dividingBy: width)
        hasWrapped = false
    }
}
