import HTTPTypes
import Hummingbird
import Synchronization

/// Which methods the address of a request has, for the answer to one with another method.
final class RouteTable: Sendable {
    private struct Route {
        let components: [Substring]
        let method: HTTPRequest.Method

        /// As the router matches: `{name}` is any component, `**` any number of them.
        func matches(_ path: [Substring]) -> Bool {
            for (index, component) in components.enumerated() {
                if component == "**" { return true }
                guard index < path.count, component.hasPrefix("{") || component == path[index] else { return false }
            }
            return path.count == components.count
        }
    }

    private let routes = Mutex<[Route]>([])

    /// The router is complete.
    func fill(from router: Router<some RequestContext>) {
        let found = router.routes.map {
            Route(components: $0.path.description.split(separator: "/"), method: $0.method)
        }
        routes.withLock { $0 = found }
    }

    /// The methods of the route at `path`, in order; empty if there is none.
    func methods(at path: String) -> [String] {
        let components = path.split(separator: "/")
        var methods = Set(routes.withLock { $0.filter { $0.matches(components) } }.map(\.method.rawValue))
        // The router answers it wherever GET is, without listing it.
        if methods.contains("GET") { methods.insert("HEAD") }
        return methods.sorted()
    }
}
