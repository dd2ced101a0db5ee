import Foundation

/// Makes file names unique within one folder.
struct ArchiveNames {
    private var taken: Set<String> = []

    /// The name, with a number appended if it is taken (ignoring case). Characters that some file systems do not allow
    /// become underscores.
    mutating func unique(_ name: String) -> String {
        let plain = String(name.map { "/\\:*?\"<>|".contains($0) ? "_" : $0 })
        let (stem, ending) = (
            (plain as NSString).deletingPathExtension, (plain as NSString).pathExtension
        )
        var candidate = plain
        var number = 2
        while !taken.insert(candidate.lowercased()).inserted {
            candidate = "\(stem) (\(number))" + (ending.isEmpty ? "" : ".\(ending)")
            number += 1
        }
        return candidate
    }
}
