import Crypto
import Foundation

/// The secret of a key: `tilework_`, then 52 characters for 32 random bytes and 6 for a checksum, all in lower case.
///
/// The prefix lets secret scanners find keys that were committed by mistake. From the checksum, scanners and the master
/// can tell that a key is mistyped, without looking it up.
struct APIKey: Sendable, Hashable {
    static let prefix = "tilework_"
    /// Crockford's base 32: it has no letters that look like digits.
    private static let digits = Array("0123456789abcdefghjkmnpqrstvwxyz")
    private static let randomCount = 52
    private static let checkCount = 6

    /// The text that the holder sends. It is shown once and never stored.
    let text: String

    /// Generates a key from the system's random numbers.
    init() {
        var generator = SystemRandomNumberGenerator()
        let random = (0..<4).flatMap { _ in Self.bytes(of: generator.next()) }
        let body = Self.prefix + Self.encoded(random)
        text = body + Self.check(body)
    }

    /// - Returns: `nil` if the text has another form or a wrong checksum.
    init?(_ text: some StringProtocol) {
        let text = String(text)
        guard text.utf8.count == Self.prefix.utf8.count + Self.randomCount + Self.checkCount,
            text.hasPrefix(Self.prefix),
            Self.check(String(text.dropLast(Self.checkCount))) == text.suffix(Self.checkCount)
        else { return nil }
        self.text = text
    }

    /// The SHA-256 of the text, in hexadecimal digits: all that is stored. A slow hash would add nothing, because the
    /// key has 256 random bits.
    var hash: String { Self.hash(of: text) }

    static func hash(of text: some StringProtocol) -> String {
        hexadecimal(SHA256.hash(data: Data(text.utf8)))
    }

    static func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        // This loop is written by hand for speed, because it runs with each request.
        var text: [UInt8] = []
        text.reserveCapacity(64)
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func check(_ body: String) -> String {
        String(encoded(Array(SHA256.hash(data: Data(body.utf8)).prefix(4))).prefix(checkCount))
    }

    /// Encodes five bits per character, starting with the highest bit of the first byte.
    private static func encoded(_ bytes: [UInt8]) -> String {
        var text = ""
        var (bits, count) = (0, 0)
        for byte in bytes {
            bits = bits << 8 | Int(byte)
            count += 8
            while count >= 5 {
                count -= 5
                text.append(digits[bits >> count & 31])
            }
            bits &= 1 << count - 1
        }
        if count > 0 { text.append(digits[bits << (5 - count) & 31]) }
        return text
    }

    private static func bytes(of value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}
