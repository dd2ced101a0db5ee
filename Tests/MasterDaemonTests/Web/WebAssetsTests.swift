import Foundation
import Testing
import TileCodecs
import TileCore

@testable import MasterDaemon

@Suite struct WebAssetsTests {
    /// The folder of the compiled files.
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
        .appending(path: "../../../Sources/MasterDaemon/Web").standardizedFileURL.path

    /// A file that is not listed would be missing in the binary, but not when the folder is read.
    @Test func theBinaryHasEveryFileAsItIs() {
        let (embedded, folder) = (WebAssets.embedded, WebAssets.reading(Self.folder))
        #expect(!folder.assets.isEmpty)
        let unlisted = Set(folder.assets.keys).symmetricDifference(embedded.assets.keys)
        #expect(unlisted.isEmpty, "WebAssets+Files.swift has to list exactly the files of the folder")
        for (path, asset) in folder.assets { #expect(embedded.assets[path]?.tag == asset.tag, "\(path)") }
        #expect(embedded.fingerprint == folder.fingerprint)
    }

    @Test func anyByteChangesTheFingerprint() {
        let one = WebAssets(["a.css": [1], "b.js": [2]])
        #expect(one.fingerprint == WebAssets(["b.js": [2], "a.css": [1]]).fingerprint)
        #expect(one.fingerprint != WebAssets(["a.css": [1], "b.js": [3]]).fingerprint)
        #expect(one.fingerprint != WebAssets(["a.css": [1], "c.js": [2]]).fingerprint)
    }

    @Test func filesHaveTheirTypes() {
        let types = Set(WebAssets.embedded.assets.values.map(\.mediaType))
        #expect(
            types == [
                "text/html; charset=utf-8", "text/css; charset=utf-8", "text/javascript; charset=utf-8",
                "image/svg+xml",
            ])
    }

    /// FNV-1a's own test vectors.
    @Test(arguments: [("", "cbf29ce484222325"), ("a", "af63dc4c8601ec8c"), ("foobar", "85944171f73967e8")])
    func theTagIsTheHash(text: String, hash: String) {
        #expect(ContentTag.of(Array(text.utf8)) == hash)
    }

    /// The content security policy allows neither inline scripts and styles nor other hosts.
    @Test(arguments: WebPages.Page.allCases) func aPageKeepsItsPolicy(page: WebPages.Page) {
        let html = page == .login ? WebPages.logIn.filled([:]) : WebPages.html(page, .embedded)
        #expect(!html.contains("{{"))
        #expect(!html.contains("style=\""))
        #expect(!html.contains("<style"))
        #expect(html.firstMatch(of: /\son[a-z]+="/) == nil)
        #expect(html.matches(of: /<script/).count == html.matches(of: /<script type="module" src="\/assets\//).count)
        #expect(html.firstMatch(of: /(src|href)="(https?:)?\/\//) == nil)
        #expect(html.contains("/assets/\(WebAssets.embedded.fingerprint)/styles/base.css"))
    }

    /// The page offers all options of the API. A choice's default is its empty value.
    @Test func theUploadPageOffersEveryOption() {
        let html = WebPages.html(.upload, .embedded)
        for name in JobOptions.names { #expect(html.contains("name=\"\(name)\""), "\(name)") }
        let choices =
            MetadataPolicy.allCases.filter { $0 != .keep }.map(\.rawValue)
            + OutputEncoding.Compression.allCases.filter { $0 != .lzw }.map(\.rawValue)
            + OutputEncoding.Subsampling.allCases.filter { $0 != .halved }.map(\.rawValue)
        for choice in choices { #expect(html.contains("<option value=\"\(choice)\">"), "\(choice)") }
        let levels = OutputEncoding.levels
        #expect(html.contains("name=\"level\" min=\"\(levels.lowerBound)\" max=\"\(levels.upperBound)\""))
    }

    /// All files that a page names exist, and all existing files are named.
    @Test func everyFileIsUsed() {
        let pages = WebPages.Page.allCases.map { WebPages.html($0, .embedded) }.joined()
        for path in WebAssets.embedded.assets.keys where !path.hasPrefix("pages/") {
            #expect(pages.contains(path), "\(path)")
        }
        for match in pages.matches(of: /\/assets\/[0-9a-f]+\/([^"]+)"/) {
            #expect(WebAssets.embedded.assets[String(match.1)] != nil, "\(match.1)")
        }
    }
}
