import Foundation

/// The path of the tested program, which the build puts beside the tests' own.
let builtMaster: String = {
    let own = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return URL(filePath: own).deletingLastPathComponent().appending(path: "master-main").path
}()
