import TileCodecs
import TileCore

extension CodecAnswer {
    /// What is said of work on pixels.
    typealias Done = (notes: [String], overviewFailure: String?)

    /// The end of work on pixels.
    /// - Parameters:
    ///   - limits: that the process had.
    ///   - code: for a process that has failed; says whether it has decoded or encoded, too.
    /// - Throws: `ImageFileError`, `ImagingError`; `CodecProcess.Failure` if it is no answer to that.
    func done(within limits: CodecLimits, _ code: ImagingError.Code) throws -> Done {
        let work = code == .unencodable ? "encoder" : "decoder"
        switch self {
        case .done(let notes, let failure):
            return (Self.limited(notes), failure.map { Self.limited($0) })
        case .refused(let error) where error.code == .outOfMemory:
            throw ImagingError(code, Self.outOfMemory(work, limits))
        case .failed(let error) where error.isOutOfMemory || error.shortage == .memory:
            throw ImagingError(code, Self.outOfMemory(work, limits))
        case .refused(let error) where error.code == .fileTooLarge: throw Self.fileTooLarge(code, work, limits)
        case .failed(let error) where error.isFileTooLarge: throw Self.fileTooLarge(code, work, limits)
        case .refused(let error): throw error
        case .failed(let error): throw error
        default: throw senseless(work)
        }
    }

    /// The failure of a process whose answer is none to what was asked.
    func senseless(_ work: String) -> CodecProcess.Failure {
        guard case .misunderstood(let why) = self else {
            return CodecProcess.Failure(reason: "the \(work) gave an answer that makes no sense")
        }
        return CodecProcess.Failure(reason: "the \(work) cannot read its request: \(Self.limited(why))")
    }

    private static func fileTooLarge(_ code: ImagingError.Code, _ work: String, _ limits: CodecLimits) -> ImagingError {
        ImagingError(code, "the \(work) needed a file of more than \(limits.file >> 20) MiB", isFileTooLarge: true)
    }

    static func outOfMemory(_ work: String, _ limits: CodecLimits) -> String {
        "the \(work) needed more than \(limits.memory >> 20) MiB of memory"
    }
}
