import HTTPTypes
import Synchronization

/// All routes, with who may use each.
final class RouteTable: Sendable {
    struct Route: Sendable, Hashable {
        let method: HTTPRequest.Method
        let path: String
        let need: Requirement
        let names: QueryNames

        /// As the router matches: `:name` is any component, `**` any number of them.
        func matches(_ path: [Substring]) -> Bool {
            let components = self.path.split(separator: "/")
            for (index, component) in components.enumerated() {
                if component == "**" { return true }
                guard index < path.count, component.hasPrefix(":") || component == path[index] else { return false }
            }
            return path.count == components.count
        }
    }

    /// Those that some route takes, and HEAD.
    static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .delete]

    private let routes = Mutex<[Route]>([])

    var all: [Route] { routes.withLock { $0 } }

    func add(_ method: HTTPRequest.Method, _ path: String, _ need: Requirement, _ names: QueryNames) {
        routes.withLock { $0.append(Route(method: method, path: path, need: need, names: names)) }
    }

    /// The methods of the resource at `path`, in order; empty if there is none. What is named in a route is that route's,
    /// also if another one has a parameter there.
    func methods(at path: String) -> [String] {
        let components = path.split(separator: "/")
        let found = all.filter { $0.matches(components) }
        let parameters = found.map { $0.path.count { $0 == ":" } }.min()
        var methods = Set(found.filter { $0.path.count { $0 == ":" } == parameters }.map(\.method.rawValue))
        // The router answers it wherever GET is, without listing it.
        if methods.contains("GET") { methods.insert("HEAD") }
        return methods.sorted()
    }
}
