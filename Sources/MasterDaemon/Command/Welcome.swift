import Foundation

/// What a user sees when the master is ready: where it is, and a line to try it with.
struct Welcome: Sendable {
    let host: String
    let port: Int
    let localWorkers: Int
    /// Whether nobody has to say who they are.
    var isOpen = true

    private var url: String {
        // A master that listens everywhere is reached here by the loopback address.
        let reachable = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
        return "http://\(reachable.contains(":") ? "[\(reachable)]" : reachable):\(port)"
    }

    /// The first line, while the workers are on their way.
    var place: String {
        "Tilework is at \(url); waiting for its \(localWorkers == 1 ? "worker" : "\(localWorkers) workers") …\n"
    }

    var text: String {
        let url = url
        let workers =
            localWorkers == 0
            ? "No local workers: start one with  worker-main worker-1"
            : "\(localWorkers) local worker\(localWorkers == 1 ? "" : "s"); one more:  worker-main "
                + "worker-\(localWorkers + 1)\(port == 5000 ? "" : " --master \(url)")"
        let key = isOpen ? "" : " -H \"Authorization: Bearer $KEY\""
        let access =
            isOpen
            ? "Open: whoever reaches it may do everything. Keys:  master-main keys create NAME --role admin"
            : "Nobody gets in without a key. Keys:  master-main keys create NAME --role viewer"
        return """

            Tilework is ready at \(url)
            \(workers)
            \(access)

            Try it:  curl -sS\(key) \(url)/api/v1/sample | \\
                     curl -sS\(key) -F 'file=@-;filename=sample.jpg' -F transforms=grayscale,blur:ksize=31 \(url)/api/v1/jobs
            Then:    curl -sS\(key) \(url)/api/v1/jobs


            """
    }

    func printPlace() { FileHandle.standardOutput.write(Data(place.utf8)) }

    func print() { FileHandle.standardOutput.write(Data(text.utf8)) }
}
