import Foundation

/// The description of the API, compiled into the binary as YAML. The JSON is made of it.
enum OpenAPIDocument {
    static var text: String { String(decoding: PackageResources.openapi_yaml, as: UTF8.self) }

    /// The same as JSON, with the keys in the order of the YAML. Made when it is first asked for.
    static let json: Result<String, any Error> = Result { try YAMLAsJSON.text(of: text) + "\n" }
}
