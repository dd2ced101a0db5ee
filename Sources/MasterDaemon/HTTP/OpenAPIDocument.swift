import Foundation

/// The API's description, compiled into the binary as YAML.
enum OpenAPIDocument {
    static var text: String { String(decoding: PackageResources.openapi_yaml, as: UTF8.self) }

    /// The description as JSON, with the keys in the order of the YAML. Generated at its first use.
    static let json: Result<String, any Error> = Result { try YAMLAsJSON.text(of: text) + "\n" }
}
