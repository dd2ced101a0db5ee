internal import Foundation

/// Reads JSON that comes from outside.
public enum OutsideJSON {
    /// Decodes `type`, or throws whatever the text is.
    ///
    /// Foundation refuses brackets nested more than 512 deep, but in Swift 6.3 the whole process ends where the bracket
    /// that is one too many is the last byte: it asks for the byte behind. A blank at the end is that byte.
    public static func decode<T: Decodable>(_ type: T.Type, from bytes: some Sequence<UInt8>) throws -> T {
        var data = Data(bytes)
        data.append(UInt8(ascii: " "))
        return try JSONDecoder().decode(type, from: data)
    }
}
