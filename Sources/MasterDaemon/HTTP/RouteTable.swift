import HTTPTypes
import Synchronization

/// All routes, with their required roles.
final class RouteTable: Sendable {
    struct Route: Sendable, Hashable {
        let method: HTTPRequest.Method
        let path: String
        let need: Requirement
        let names: QueryNames
        private let components: [Substring]
        /// The number of parameters in the path.
        fileprivate let parameters: Int

        init(method: HTTPRequest.Method, path: String, need: Requirement, names: QueryNames) {
            self.method = method
            self.path = path
            self.need = need
            self.names = names
            components = path.split(separator: "/")
            parameters = components.count { $0.hasPrefix(":") }
        }

        /// Matches as the router does: `:name` is any component, `**` any number of them.
        func matches(_ path: [Substring]) -> Bool {
            for (index, component) in components.enumerated() {
                if component == "**" { return true }
                guard index < path.count, component.hasPrefix(":") || component == path[index] else { return false }
            }
            return path.count == components.count
        }
    }

    /// The methods that routes can have, and HEAD.
    static let methods: Set<HTTPRequest.Method> = [.get, .head, .post, .delete]

    private let routes = Mutex<[Route]>([])

    var all: [Route] { routes.withLock { $0 } }

    func add(_ method: HTTPRequest.Method, _ path: String, _ need: Requirement, _ names: QueryNames) {
        routes.withLock { $0.append(Route(method: method, path: path, need: need, names: names)) }
    }

    /// The methods of the resource at `path`, in order; empty if there is none. A route with a literal component takes
    /// precedence over a route with a parameter in its place.
    func methods(at path: String) -> [String] { methods(at: path).map(\.rawValue).sorted() }

    /// Whether there is a resource at `path` that does not have the method.
    func lacks(_ method: HTTPRequest.Method, at path: String) -> Bool {
        let methods: Set<HTTPRequest.Method> = methods(at: path)
        return !methods.isEmpty && !methods.contains(method)
    }

    private func methods(at path: String) -> Set<HTTPRequest.Method> {
        let components = path.split(separator: "/")
        let found = all.filter { $0.matches(components) }
        let fewest = found.map(\.parameters).min()
        var methods = Set(found.filter { $0.parameters == fewest }.map(\.method))
        // The router answers HEAD for every GET route, but does not list it.
        if methods.contains(.get) { methods.insert(.head) }
        return methods
    }
}
