@testable import TileCore

extension Reference {
    /// Canny's edges of a gray image, 0 and 255: Sobel 3×3, L1 norm, non-maximum suppression, hysteresis.
    static func canny(_ gray: PlainImage, low: Double, high: Double) -> PlainImage {
        let gradient = CannyGradient(gray)
        // Thresholds are rounded down, because gradients are integers.
        let low = Int(low.rounded(.down))
        let high = Int(high.rounded(.down))
        var isEdge = [Bool](repeating: false, count: gray.samples.count)
        var open: [(x: Int, y: Int)] = []
        for y in 0..<gray.height {
            for x in 0..<gray.width where gradient.norm(x, y) > high && gradient.isRidge(x, y) {
                isEdge[y * gray.width + x] = true
                open.append((x, y))
            }
        }
        // A weak pixel on a ridge is an edge if a chain of such pixels connects it to a strong one.
        while let (x, y) = open.popLast() {
            for row in max(0, y - 1)...min(gray.height - 1, y + 1) {
                for column in max(0, x - 1)...min(gray.width - 1, x + 1) where !isEdge[row * gray.width + column] {
                    guard gradient.norm(column, row) > low, gradient.isRidge(column, row) else { continue }
                    isEdge[row * gray.width + column] = true
                    open.append((column, row))
                }
            }
        }
        return gray.making(.gray(.eight)) { x, y, _ in isEdge[y * gray.width + x] ? 255 : 0 }
    }
}

/// The Sobel responses of an image with a replicated border.
private struct CannyGradient {
    private let width: Int
    private let height: Int
    private var across: [Int] = []
    private var down: [Int] = []

    init(_ image: PlainImage) {
        width = image.width
        height = image.height
        for y in 0..<height {
            for x in 0..<width {
                let left = max(0, x - 1)
                let right = min(width - 1, x + 1)
                let above = max(0, y - 1)
                let below = min(height - 1, y + 1)
                let corners = (
                    image[left, above], image[right, above], image[left, below], image[right, below]
                )
                across.append(
                    corners.1 + 2 * image[right, y] + corners.3 - corners.0 - 2 * image[left, y] - corners.2)
                down.append(
                    corners.2 + 2 * image[x, below] + corners.3 - corners.0 - 2 * image[x, above] - corners.1)
            }
        }
    }

    /// |gx| + |gy|; 0 outside of the image.
    func norm(_ x: Int, _ y: Int) -> Int {
        guard x >= 0, y >= 0, x < width, y < height else { return 0 }
        return abs(across[y * width + x]) + abs(down[y * width + x])
    }

    /// Whether no neighbour along the gradient is stronger. The direction is one of four, each 45° wide.
    func isRidge(_ x: Int, _ y: Int) -> Bool {
        let gx = across[y * width + x]
        let gy = down[y * width + x]
        let here = norm(x, y)
        // tan 22.5° = √2 − 1.
        let tangent = 2.0.squareRoot() - 1
        if Double(abs(gy)) < tangent * Double(abs(gx)) {
            return here > norm(x - 1, y) && here >= norm(x + 1, y)
        }
        if Double(abs(gx)) < tangent * Double(abs(gy)) {
            return here > norm(x, y - 1) && here >= norm(x, y + 1)
        }
        let slant = (gx < 0) == (gy < 0) ? 1 : -1
        return here > norm(x - slant, y - 1) && here > norm(x + slant, y + 1)
    }
}
