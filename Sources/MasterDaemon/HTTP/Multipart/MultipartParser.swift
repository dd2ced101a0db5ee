import NIOCore

/// Parses a `multipart/form-data` message (RFC 7578, RFC 2046) as it arrives.
///
/// Chunks go in and events come out. The events do not depend on the sizes of the chunks. Body bytes are slices of
/// their chunk. Only bytes that may begin a delimiter, or an incomplete header line, are kept for the next chunk. So an
/// upload of any size takes a few kilobytes at most. The parser does not limit the size of parts; its user does.
///
///     var parser = try MultipartParser(boundary: MultipartParser.boundary(ofContentType: contentType))
///     for try await chunk in body {
///         for event in try parser.append(chunk) { ... }
///     }
///     try parser.finish()
struct MultipartParser: Sendable {
    /// An event of a chunk.
    enum Event: Equatable, Sendable {
        /// The headers of a part are complete.
        case partBegan(PartHeader)
        /// The next bytes of the part, at least one.
        case body(ByteBuffer)
        /// The part is complete.
        case partEnded
    }

    /// Limits of what is kept or skipped.
    struct Limits: Sendable {
        /// Bytes before the first delimiter, which have no meaning.
        var preambleBytes = 1024
        /// Bytes of the headers of one part, with their line ends and the blank line.
        var headerBytes = 8 * 1024
        var parts = 32
    }

    /// What the next byte belongs to. `consume` changes the state; the first error makes it final.
    private enum State {
        /// Text before the first delimiter, of which `skipped` bytes were dropped. Next: `delimiterLine`, `epilogue`.
        case preamble(skipped: Int)
        /// The rest of a delimiter's line: padding and CRLF. Next: `headers`.
        case delimiterLine
        /// Header lines, of which `used` bytes are in `fields`. The next `searched` bytes have no line end.
        /// Next: `body`.
        case headers(fields: MultipartPartHeaderFields, used: Int, searched: Int)
        /// A part's body. The first `margin` bytes of the input do not belong to it. Next: `delimiterLine`, `epilogue`.
        case body(margin: Int)
        /// After the closing delimiter, where bytes have no meaning. Only in this state is the message complete.
        case epilogue
        /// The message was refused.
        case failed(MultipartError)
    }

    private static let lineEnd: [UInt8] = [UInt8(ascii: "\r"), UInt8(ascii: "\n")]

    private let delimiter: MultipartDelimiter
    private let limits: Limits
    private var state: State
    private var partCount = 0
    /// Bytes of earlier chunks that are undecided.
    private var held: ByteBuffer

    /// - Throws: `invalidBoundary` unless the boundary conforms to RFC 2046.
    init(boundary: String, limits: Limits = .init()) throws(MultipartError) {
        delimiter = try MultipartDelimiter(boundary: boundary)
        self.limits = limits
        // A delimiter begins with the CRLF of the line before. The first one may lack it, so a CRLF is put before the
        // message.
        held = ByteBuffer(bytes: Self.lineEnd)
        state = .preamble(skipped: -Self.lineEnd.count)
    }

    /// The boundary in a `multipart/form-data; boundary=...`.
    /// - Throws: `notMultipart`, `missingBoundary` or `invalidBoundary`.
    static func boundary(ofContentType contentType: String) throws(MultipartError) -> String {
        guard let type = MultipartHeaderValue(contentType), type.value == "multipart/form-data"
        else { throw .notMultipart }
        guard let boundary = type.parameters["boundary"] else { throw .missingBoundary }
        _ = try MultipartDelimiter(boundary: boundary)
        return boundary
    }

    /// Parses the next bytes of the message.
    /// - Throws: the error in the message, and again on every later call. Events of the failing chunk are lost.
    mutating func append(_ chunk: ByteBuffer) throws(MultipartError) -> [Event] {
        if case .failed(let error) = state { throw error }
        do throws(MultipartError) {
            return try read(chunk)
        } catch {
            state = .failed(error)
            throw error
        }
    }

    /// Ends the message.
    /// - Throws: `boundaryNotFound` or `truncated` if its closing delimiter is missing, or what `append` threw.
    mutating func finish() throws(MultipartError) {
        switch state {
        case .epilogue: return
        case .failed(let error): throw error
        case .preamble: state = .failed(.boundaryNotFound)
        case .delimiterLine, .headers, .body: state = .failed(.truncated)
        }
        try finish()
    }
}

// MARK: - Chunks

extension MultipartParser {
    private mutating func read(_ chunk: ByteBuffer) throws(MultipartError) -> [Event] {
        var chunk = chunk
        var events: [Event] = []
        var joined = ByteBuffer()
        swap(&joined, &held)
        // Held bytes are joined with just enough of the chunk to decide them. The rest of the chunk is parsed in place.
        while joined.readableBytes > 0, chunk.readableBytes > 0 {
            let taken = min(delimiter.lookahead, chunk.readableBytes)
            joined.writeImmutableBuffer(chunk.readSlice(length: taken) ?? ByteBuffer())
            try consume(&joined, into: &events)
            if joined.readableBytes <= taken {
                chunk.moveReaderIndex(to: chunk.readerIndex - joined.readableBytes)
                joined = ByteBuffer()
            }
        }
        if joined.readableBytes == 0 {
            try consume(&chunk, into: &events)
            joined = chunk
        }
        // A copy, because a slice would keep the whole chunk in memory.
        held = ByteBuffer(bytes: joined.readableBytesView)
        return events
    }

    private mutating func consume(_ input: inout ByteBuffer, into events: inout [Event]) throws(MultipartError) {
        var goesOn = true
        while goesOn {
            switch state {
            case .preamble(let skipped):
                goesOn = try consumePreamble(&input, skipped: skipped)
            case .delimiterLine:
                goesOn = try consumeDelimiterLine(&input)
            case .headers(let fields, let used, let searched):
                goesOn = try consumeHeader(&input, into: &events, fields: fields, used: used, searched: searched)
            case .body(let margin):
                goesOn = try consumeBody(&input, into: &events, margin: margin)
            case .epilogue, .failed:
                input.moveReaderIndex(to: input.writerIndex)
                goesOn = false
            }
        }
    }
}

// MARK: - States

/// Each function consumes the input that its state can, and returns false if it needs more.
extension MultipartParser {
    private mutating func consumePreamble(_ input: inout ByteBuffer, skipped: Int) throws(MultipartError) -> Bool {
        let found = delimiter.find(in: input.readableBytesUInt8Span)
        guard skipped + found.content <= limits.preambleBytes
        else { throw .preambleTooLong(limit: limits.preambleBytes) }
        input.moveReaderIndex(forwardBy: found.content)
        state = .preamble(skipped: skipped + found.content)
        guard let kind = found.kind else { return false }
        try pass(kind, in: &input)
        return true
    }

    private mutating func consumeDelimiterLine(_ input: inout ByteBuffer) throws(MultipartError) -> Bool {
        let rest = input.readableBytesView.drop { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        input.moveReaderIndex(to: rest.startIndex)
        guard rest.starts(with: Self.lineEnd) else {
            guard Self.lineEnd.starts(with: rest) else { throw .malformedDelimiter }
            return false
        }
        input.moveReaderIndex(forwardBy: Self.lineEnd.count)
        state = .headers(fields: MultipartPartHeaderFields(), used: 0, searched: 0)
        return true
    }

    private mutating func consumeHeader(
        _ input: inout ByteBuffer, into events: inout [Event],
        fields: MultipartPartHeaderFields, used: Int, searched: Int
    ) throws(MultipartError) -> Bool {
        let allowed = max(limits.headerBytes, used) - used
        let view = input.readableBytesView
        guard let lineFeed = view.prefix(allowed).dropFirst(searched).firstIndex(of: UInt8(ascii: "\n")) else {
            guard view.count < allowed else { throw .headersTooLong(limit: limits.headerBytes) }
            state = .headers(fields: fields, used: used, searched: view.count)
            return false
        }
        let line = view[..<lineFeed]
        guard line.last == UInt8(ascii: "\r") else { throw .malformedHeader }
        guard line.count > 1 else {
            events.append(.partBegan(try fields.partHeader()))
            // The blank line stays in the input: if the part is empty, its CRLF may belong to the next delimiter.
            state = .body(margin: Self.lineEnd.count)
            return true
        }
        var fields = fields
        try fields.add(line.dropLast())
        input.moveReaderIndex(forwardBy: line.count + 1)
        state = .headers(fields: fields, used: used + line.count + 1, searched: 0)
        return true
    }

    private mutating func consumeBody(
        _ input: inout ByteBuffer, into events: inout [Event], margin: Int
    ) throws(MultipartError) -> Bool {
        let found = delimiter.find(in: input.readableBytesUInt8Span)
        // The margin is a CRLF: either all of it is content, or none.
        if found.content > 0 {
            input.moveReaderIndex(forwardBy: margin)
            state = .body(margin: 0)
        }
        if found.content > margin, let bytes = input.readSlice(length: found.content - margin) {
            events.append(.body(bytes))
        }
        guard let kind = found.kind else { return false }
        events.append(.partEnded)
        try pass(kind, in: &input)
        return true
    }

    /// Consumes a delimiter at the start of the input.
    private mutating func pass(_ kind: MultipartDelimiter.Kind, in input: inout ByteBuffer) throws(MultipartError) {
        input.moveReaderIndex(forwardBy: delimiter.count)
        switch kind {
        case .closing:
            state = .epilogue
        case .opening:
            guard partCount < limits.parts else { throw .tooManyParts(limit: limits.parts) }
            partCount += 1
            state = .delimiterLine
        }
    }
}
