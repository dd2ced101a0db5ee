internal import Glibc

/// The names of users and groups on this machine.
enum AccountName {
    /// The user's name, or the number if it has none.
    static func ofUser(_ number: UInt32) -> String {
        var entry = unsafe passwd()
        var found: UnsafeMutablePointer<passwd>? = nil
        return unsafe name(number) { buffer, count in
            guard unsafe getpwuid_r(number, &entry, buffer, count, &found) == 0, unsafe found != nil else { return nil }
            return unsafe entry.pw_name
        }
    }

    /// The group's name, or the number if it has none.
    static func ofGroup(_ number: UInt32) -> String {
        var entry = unsafe group()
        var found: UnsafeMutablePointer<group>? = nil
        return unsafe name(number) { buffer, count in
            guard unsafe getgrgid_r(number, &entry, buffer, count, &found) == 0, unsafe found != nil else { return nil }
            return unsafe entry.gr_name
        }
    }

    private static func name(
        _ number: UInt32, _ look: (UnsafeMutablePointer<CChar>, Int) -> UnsafeMutablePointer<CChar>?
    ) -> String {
        // Enough for a group with tens of thousands of members.
        var bytes = [CChar](repeating: 0, count: 1 << 20)
        let name = unsafe bytes.withUnsafeMutableBufferPointer { buffer -> String? in
            guard let base = buffer.baseAddress, let name = unsafe look(base, buffer.count) else { return nil }
            return unsafe String(cString: name)
        }
        return name ?? "\(number)"
    }
}
