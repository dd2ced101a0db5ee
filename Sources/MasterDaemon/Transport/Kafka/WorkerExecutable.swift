import Foundation

/// The path of `worker-main`: the value of `TILEWORK_WORKER_MAIN`, or in the folder of `master-main`.
enum WorkerExecutable {
    static func path() throws(ServiceError) -> String {
        let environment = ProcessInfo.processInfo.environment["TILEWORK_WORKER_MAIN"]
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let sibling = own.map { URL(filePath: $0).deletingLastPathComponent().appending(path: "worker-main").path }
        guard let path = environment ?? sibling, FileManager.default.isExecutableFile(atPath: path) else {
            throw ServiceError(
                .startup,
                "worker-main is not in the folder of master-main; put it there, set TILEWORK_WORKER_MAIN to its path, "
                    + "or use --local-workers 0")
        }
        return path
    }
}
