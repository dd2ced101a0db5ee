import Foundation

/// The pages' files, compiled into the binary so that it needs no other files.
struct WebAssets: Sendable {
    struct Asset: Sendable {
        let bytes: [UInt8]
        let mediaType: String
        /// A strong entity tag: it differs if any byte differs.
        let tag: String

        init(_ bytes: [UInt8], path: String) {
            self.bytes = bytes
            mediaType = WebAssets.mediaType(path)
            tag = ContentTag.of(bytes)
        }
    }

    /// Files by path, such as `styles/base.css`.
    let assets: [String: Asset]
    /// A hash of all files. It is part of the addresses of scripts and styles, so browsers may cache these for ever:
    /// another build has other addresses.
    let fingerprint: String

    init(_ files: [String: [UInt8]]) {
        assets = files.reduce(into: [:]) { assets, file in
            assets[file.key] = Asset(file.value, path: file.key)
        }
        fingerprint = ContentTag.of(assets.sorted { $0.key < $1.key }.flatMap { Array(($0.key + $0.value.tag).utf8) })
    }

    /// The files in the binary.
    static let embedded = WebAssets(files)

    /// Reads the files of a folder. Called anew for each request, to work on the pages without building.
    static func reading(_ folder: String) -> WebAssets {
        let found = FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []
        return WebAssets(
            found.filter { !$0.hasSuffix(".swift") }.reduce(into: [:]) { read, path in
                read[path] = (try? Data(contentsOf: URL(filePath: folder).appending(path: path))).map { [UInt8]($0) }
            })
    }

    private static func mediaType(_ path: String) -> String {
        switch path.split(separator: ".").last {
        case "html": "text/html; charset=utf-8"
        case "css": "text/css; charset=utf-8"
        case "js": "text/javascript; charset=utf-8"
        case "svg": "image/svg+xml"
        default: "application/octet-stream"
        }
    }
}

/// A hash of content for entity tags: FNV-1a, 64 bits (Fowler, Noll, Vo). It detects changes, but not manipulation.
enum ContentTag {
    static func of(_ bytes: some Sequence<UInt8>) -> String {
        let hash = bytes.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01b3 }
        return String(hash, radix: 16)
    }
}
