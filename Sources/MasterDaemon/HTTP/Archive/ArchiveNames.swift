import Foundation

/// Names for files in one folder, each once.
struct ArchiveNames {
    private var taken: Set<String> = []

    /// The name, with a number if another file has it already, whatever the case of its letters. Characters that no file
    /// system takes become underscores.
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
