import Foundation

/// Where `worker-main` is: beside `master-main`, or where `TILEWORK_WORKER_MAIN` says.
enum WorkerExecutable {
    static func path() throws(ServiceError) -> String {
        let environment = ProcessInfo.processInfo.environment["TILEWORK_WORKER_MAIN"]
        let own = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = own.map { URL(filePath: $0).deletingLastPathComponent().appending(path: "worker-main").path }
        guard let path = environment ?? beside, FileManager.default.isExecutableFile(atPath: path) else {
            throw ServiceError(
                .startup,
                "worker-main is not beside master-main; put it there, name it in TILEWORK_WORKER_MAIN, "
                    + "or use --local-workers 0")
        }
        return path
    }
}
