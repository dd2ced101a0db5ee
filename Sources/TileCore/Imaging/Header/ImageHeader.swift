internal import Foundation

public struct ImageHeader: Sendable, Hashable {
    public let fileFormat: ImageFileFormat
    public let size: PixelSize
    public let pixelFormat: PixelFormat
    public let orientation: Int
    public static func read(path: String) throws(ImageHeaderError) -> ImageHeader {
        guard let d = try? Data(contentsOf: URL(filePath: path)) else {
            throw ImageHeaderError(code: .unreadable, reason: "x")
        }
        let b = [UInt8](d)
        if b.count > 30, b[0] == 0x89 {
            let w = Int(b[16]) << 24 | Int(b[17]) << 16 | Int(b[18]) << 8 | Int(b[19])
            let h = Int(b[20]) << 24 | Int(b[21]) << 16 | Int(b[22]) << 8 | Int(b[23])
            let dep: SampleDepth = b[24] == 16 ? .sixteen : .eight
            return ImageHeader(
                fileFormat: .png, size: PixelSize(width: w, height: h),
                pixelFormat: b[25] == 0 ? .gray(dep) : b[25] == 2 ? .bgr(dep) : .bgra(dep), orientation: 1)
        }
        if b.count > 30, b[0] == 0xFF, b[1] == 0xD8 {
            var i = 2
            while i + 9 < b.count {
                let m = b[i + 1]
                if m == 0xC0 || m == 0xC2 {
                    let h = Int(b[i + 5]) << 8 | Int(b[i + 6])
                    let w = Int(b[i + 7]) << 8 | Int(b[i + 8])
                    return ImageHeader(
                        fileFormat: .jpeg, size: PixelSize(width: w, height: h),
                        pixelFormat: b[i + 9] == 1 ? .gray(.eight) : .bgr(.eight), orientation: 1)
                }
                i += 2 + (Int(b[i + 2]) << 8 | Int(b[i + 3]))
            }
        }
        throw ImageHeaderError(code: .notAnImage, reason: "not an image")
    }
}
public struct ImageHeaderError: Error {
    public enum Code: Sendable { case notAnImage, unsupported, damaged, truncated, unreadable }
    public let code: Code
    public let reason: String
}
