import HTTPTypes
import Hummingbird
import NIOCore
import TileCore

/// The browser's pages and their assets.
struct WebPages: Sendable {
    /// Pages load from the master only, or show a file that the user chose. Inline scripts and styles are forbidden.
    static let contentSecurityPolicy =
        "default-src 'self'; img-src 'self' blob:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
        + "object-src 'none'"

    enum Page: String, CaseIterable {
        case upload, job, dashboard, reference, login

        var title: String {
            switch self {
            case .upload: "New job – Tilework"
            case .job: "Job – Tilework"
            case .dashboard: "Dashboard – Tilework"
            case .reference: "API – Tilework"
            case .login: "Log in – Tilework"
            }
        }

        /// The address in the navigation bar; `nil` for pages that are not in it.
        var address: String? {
            switch self {
            case .upload: "/"
            case .job, .reference, .login: nil
            case .dashboard: "/dashboard"
            }
        }
    }

    let finder: JobFinder
    /// A folder to read the files from instead of the binary, to work on the pages.
    let folder: String?

    func add(to routes: GuardedRoutes) {
        routes.page("/") { request, _ in try page(.upload, request) }
        routes.page("dashboard") { request, _ in try page(.dashboard, request) }
        routes.page("api") { request, _ in try page(.reference, request) }
        routes.page("jobs/:id") { request, context in
            // For an unknown job the page itself shows an error. The status is for programs.
            let isKnown: Bool
            do {
                _ = try await finder.job(context)
                isKnown = true
            } catch let error as ServiceError where error.code == .notFound {
                isKnown = false
            }
            return try page(.job, request, status: isKnown ? .ok : .notFound)
        }
        routes.get("assets/:version/**", for: .anyone, query: .any) { request, context in
            try asset(
                context.parameters.getCatchAll().joined(separator: "/"),
                version: context.parameters.require("version"), request)
        }
    }

    var assets: WebAssets { folder.map(WebAssets.reading) ?? .embedded }

    /// The pages in the binary, built once.
    private static let embedded = Dictionary(uniqueKeysWithValues: Page.allCases.map { ($0, made($0, .embedded)) })

    private static func made(_ page: Page, _ assets: WebAssets) -> WebAssets.Asset {
        WebAssets.Asset(Array(html(page, assets).utf8), path: "\(page).html")
    }

    func page(_ page: Page, _ request: Request, status: HTTPResponse.Status = .ok) throws -> Response {
        let made = folder == nil ? Self.embedded[page] : nil
        var headers = HTTPFields()
        headers[.cacheControl] = "no-cache"
        headers[.contentSecurityPolicy] = Self.contentSecurityPolicy
        headers[.init("Referrer-Policy").unwrapped] = "same-origin"
        return Self.response(made ?? Self.made(page, assets), request, headers, status: status)
    }

    private func asset(_ path: String, version: String, _ request: Request) throws -> Response {
        let assets = assets
        guard let asset = assets.assets[path], !path.hasPrefix("pages/") else {
            throw ServiceError(.notFound, "there is no file \(path.prefix(100)) among those of the pages")
        }
        var headers = HTTPFields()
        // A page of an earlier build may still request its own version. It gets the present file, which may be cached
        // only briefly.
        headers[.cacheControl] =
            version == assets.fingerprint && folder == nil ? "public, max-age=31536000, immutable" : "no-cache"
        return Self.response(asset, request, headers)
    }

    private static func response(
        _ asset: WebAssets.Asset, _ request: Request, _ extra: HTTPFields, status: HTTPResponse.Status = .ok
    ) -> Response {
        let tag = "\"\(asset.tag)\""
        var headers = extra
        headers[.eTag] = tag
        headers[.xContentTypeOptions] = "nosniff"
        if status == .ok, request.knows(tag) { return Response(status: .notModified, headers: headers) }
        headers[.contentType] = asset.mediaType
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: asset.bytes)))
    }

    /// The log-in page as a template, because its content differs between answers.
    static let logIn = PageTemplate(html(.login, .embedded))

    /// A page inside the shared frame.
    static func html(_ page: Page, _ assets: WebAssets) -> String {
        func text(_ path: String) -> String { String(decoding: assets.assets[path]?.bytes ?? [], as: UTF8.self) }
        // Preloads make the browser fetch all modules at once, instead of one import after the other.
        let preloads = assets.assets.keys
            .filter { $0.hasPrefix("scripts/shared/") || $0.hasPrefix("scripts/\(page.rawValue)/") }
            .sorted().map { "<link rel=\"modulepreload\" href=\"{{assets}}/\($0)\">" }
            .joined(separator: "\n    ")
        var html = text("pages/frame.html")
        for (name, value) in [
            ("main", text("pages/\(page.rawValue).html")), ("preloads", preloads), ("title", page.title),
            ("page", page.rawValue), ("assets", "/assets/\(assets.fingerprint)"),
        ] { html = html.replacing("{{\(name)}}", with: value) }
        guard let address = page.address else { return html }
        return html.replacing("<a href=\"\(address)\">", with: "<a href=\"\(address)\" aria-current=\"page\">")
    }
}
