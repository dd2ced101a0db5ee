/// Why a `multipart/form-data` message cannot be read.
///
/// Every case is an error of the sender. So `description` addresses the author of the client: what was wrong, and what
/// to send instead. It never quotes the message, whose bytes must not get into logs or pages.
struct MultipartError: Error, Equatable, Sendable, CustomStringConvertible {
    enum Code: String, CaseIterable, Sendable {
        case notMultipart, missingBoundary, invalidBoundary
        case preambleTooLong, boundaryNotFound, malformedDelimiter, truncated, tooManyParts
        case headersTooLong, malformedHeader, foldedHeader, headerNotUTF8, repeatedHeader
        case missingDisposition, malformedDisposition, missingName, invalidFilename
        case unsupportedTransferEncoding
    }

    let code: Code
    let description: String

    private init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }
}

// MARK: - The request's Content-Type

extension MultipartError {
    static let notMultipart = Self(
        .notMultipart,
        "The Content-Type is not a well-formed multipart/form-data; send 'multipart/form-data; boundary=...'.")

    static let missingBoundary = Self(
        .missingBoundary,
        "The Content-Type has no boundary parameter; let the HTTP client set the header together with the body.")

    static let invalidBoundary = Self(
        .invalidBoundary,
        "The boundary is not 1 to 70 characters of A-Z a-z 0-9 '()+_,-./:=? and inner spaces (RFC 2046); "
            + "choose one that is.")
}

// MARK: - Delimiters and parts

extension MultipartError {
    static func preambleTooLong(limit: Int) -> Self {
        Self(.preambleTooLong, "More than \(limit) bytes precede the first boundary; start the body with it.")
    }

    static let boundaryNotFound = Self(
        .boundaryNotFound,
        "The body ended before its first boundary; use the boundary of the Content-Type, and CRLF line ends.")

    static let malformedDelimiter = Self(
        .malformedDelimiter,
        "A boundary is followed by white space and then text; end the line with CRLF after the boundary.")

    static let truncated = Self(
        .truncated,
        "The body ended before its closing boundary; send it whole, with '--' after the last boundary.")

    static func tooManyParts(limit: Int) -> Self {
        Self(.tooManyParts, "The body has more than \(limit) parts; send fewer.")
    }
}

// MARK: - The headers of a part

extension MultipartError {
    static func headersTooLong(limit: Int) -> Self {
        Self(
            .headersTooLong,
            "The headers of a part exceed \(limit) bytes; shorten them, and end them with a blank line.")
    }

    static let malformedHeader = Self(
        .malformedHeader,
        "A part has a header that is not 'Name: value' ended by CRLF and free of control characters; correct it.")

    static let foldedHeader = Self(
        .foldedHeader,
        "A part has a header folded over several lines; write it on one line.")

    static let headerNotUTF8 = Self(
        .headerNotUTF8,
        "A part has a header that is not UTF-8; encode field names and file names as UTF-8.")

    static let repeatedHeader = Self(
        .repeatedHeader,
        "A part has the same header twice; send Content-Disposition, Content-Type and the like once a part.")

    static let missingDisposition = Self(
        .missingDisposition,
        "A part has no Content-Disposition; give each part 'Content-Disposition: form-data; name=\"...\"'.")

    static let malformedDisposition = Self(
        .malformedDisposition,
        "A Content-Disposition is not 'form-data' with well-formed parameters, each given once; correct it.")

    static let missingName = Self(
        .missingName,
        "A Content-Disposition has no name; add '; name=\"...\"' with the name of the form field.")

    static let invalidFilename = Self(
        .invalidFilename,
        "A filename* is not UTF-8''percent-encoded text free of control characters; correct it, or send filename.")

    static let unsupportedTransferEncoding = Self(
        .unsupportedTransferEncoding,
        "A part has a Content-Transfer-Encoding that changes its bytes; send them as they are, without the header.")
}
