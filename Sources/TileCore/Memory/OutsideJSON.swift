internal import Foundation

/// Decodes untrusted JSON.
public enum OutsideJSON {
    /// Decodes `type` or throws, whatever the bytes are. It never crashes.
    ///
    /// Foundation refuses brackets nested more than 512 deep. But in Swift 6.3 the process crashes if the first bracket
    /// beyond that limit is the last byte, because Foundation reads the byte after it. So this function appends a
    /// space.
    public static func decode<T: Decodable>(_ type: T.Type, from bytes: some Sequence<UInt8>) throws -> T {
        var data = Data(bytes)
        data.append(UInt8(ascii: " "))
        return try JSONDecoder().decode(type, from: data)
    }
}
