/// The frame header of a JPEG image: its process, size and components (ITU-T T.81, B.2.2).
struct JPEGFrame {
    struct Component {
        let id: UInt8
        /// Sampling factors: how many blocks of this component an MCU has across and down.
        let horizontal: Int
        let vertical: Int
    }

    let width: Int
    let height: Int
    let components: [Component]

    /// Every start of frame, SOF0 to SOF15; DHT, JPG and DAC have the numbers that are missing.
    static let markers: Set<UInt8> = [
        0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF,
    ]

    /// - Throws: `.unsupported` for what libjpeg-turbo 2.1 does not decode.
    init(marker: UInt8, payload: [UInt8]) throws(ImageHeaderError) {
        // Baseline, extended and progressive, the latter two with Huffman or arithmetic coding.
        guard [0xC0, 0xC1, 0xC2, 0xC9, 0xCA].contains(marker) else {
            let kind = [0xC3, 0xCB].contains(marker) ? "lossless" : "differential or hierarchical"
            throw .unsupported("the JPEG file is \(kind), which cannot be decoded; save it as baseline JPEG")
        }
        guard payload.count >= 6, payload.count == 6 + 3 * Int(payload[5]) else {
            throw .damaged("the JPEG frame header is damaged")
        }
        guard payload[0] == 8 else {
            throw .unsupported("the JPEG file has \(payload[0]) bits a sample; only 8 can be decoded")
        }
        height = Int(payload[1...2].integer(.big))
        width = Int(payload[3...4].integer(.big))
        guard height > 0 else {
            throw .unsupported("the JPEG file gives its height only at its end (DNL), which cannot be decoded")
        }
        components = (0..<Int(payload[5])).map { index in
            let bytes = payload[(6 + 3 * index)...]
            let factors = Int(bytes[bytes.startIndex + 1])
            return Component(id: bytes[bytes.startIndex], horizontal: factors >> 4, vertical: factors & 15)
        }
        try checkComponents()
    }

    private func checkComponents() throws(ImageHeaderError) {
        guard [1, 3, 4].contains(components.count) else {
            throw .unsupported("the JPEG file has \(components.count) color components; 1, 3 and 4 can be decoded")
        }
        guard Set(components.map(\.id)).count == components.count,
            components.allSatisfy({ (1...4).contains($0.horizontal) && (1...4).contains($0.vertical) })
        else { throw .damaged("the JPEG frame header is damaged") }
        let across = components.map(\.horizontal).max() ?? 1
        let down = components.map(\.vertical).max() ?? 1
        guard components.allSatisfy({ across % $0.horizontal == 0 && down % $0.vertical == 0 }) else {
            throw .unsupported("the JPEG file's color components are sampled in a ratio that cannot be decoded")
        }
    }
}
