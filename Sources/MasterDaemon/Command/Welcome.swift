import Foundation

/// The text for a user when the master is ready: its address, and commands to try.
struct Welcome: Sendable {
    let host: String
    let port: Int
    let localWorkers: Int
    /// Whether requests need no key.
    var isOpen = true
    /// The host names in the certificate; `nil` without TLS.
    var certificateNames: [String]?

    /// The master's address.
    var url: String {
        // A master that listens on all addresses is reached from here by the loopback address.
        var reachable = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
        let scheme = certificateNames == nil ? "http" : "https"
        // Clients accept the certificate only for a name that is in it.
        if let name = certificateNames?.first, certificateNames?.contains(reachable) == false { reachable = name }
        return "\(scheme)://\(reachable.contains(":") ? "[\(reachable)]" : reachable):\(port)"
    }

    /// The first line, while the workers start.
    var firstLine: String {
        "Tilework is at \(url); waiting for its \(localWorkers == 1 ? "worker" : "\(localWorkers) workers") …\n"
    }

    var text: String {
        let url = url
        // By default, a worker looks for a master without TLS at port 5000 of this machine.
        let option = url == "http://127.0.0.1:5000" ? "" : " --master \(url)"
        let workers =
            localWorkers == 0
            ? "No local workers: start one with  worker-main worker-1\(option)"
            : "\(localWorkers) local worker\(localWorkers == 1 ? "" : "s"); one more:  worker-main "
                + "worker-\(localWorkers + 1)\(option)"
        let key = isOpen ? "" : " -H @key.header"
        let access =
            isOpen
            ? "Open: everyone who reaches it has full access. Keys:  master-main keys create NAME --role admin"
            : "Clients need a key. Keys:  master-main keys create NAME --role operator\n"
                + "For curl, key.header holds one line:  Authorization: Bearer tilework_…"
        let trust =
            certificateNames == nil
            ? ""
            : "If a CA of your own signed the certificate:  curl --cacert ca.pem …, worker-main --ca-file ca.pem …\n"
        return """

            Tilework is ready at \(url)
            \(workers)
            \(access)
            \(trust)
            Try it:  curl -sS\(key) \(url)/api/v1/sample | \\
                     curl -sS\(key) -F 'file=@-;filename=sample.jpg' -F transforms=grayscale,blur:ksize=31 \(url)/api/v1/jobs
            Then:    curl -sS\(key) \(url)/api/v1/jobs


            """
    }

    func printFirstLine() { FileHandle.standardOutput.write(Data(firstLine.utf8)) }

    func print() { FileHandle.standardOutput.write(Data(text.utf8)) }
}
