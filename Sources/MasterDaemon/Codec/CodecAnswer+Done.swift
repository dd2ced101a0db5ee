import TileCodecs
import TileCore

extension CodecAnswer {
    /// The notes of decoding or encoding, and why overviews are missing, if they are.
    typealias Done = (notes: [String], overviewFailure: String?)

    /// The outcome of decoding or encoding.
    /// - Parameters:
    ///   - limits: the limits of the process.
    ///   - code: the code for a failed process. It also says whether the process was decoding or encoding.
    /// - Throws: `ImageFileError`, `ImagingError`; `CodecProcess.Failure` if the answer is not valid for this request.
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
        default: throw invalidAnswer(work)
        }
    }

    /// The failure of a process that gave an invalid answer.
    func invalidAnswer(_ work: String) -> CodecProcess.Failure {
        guard case .invalidRequest(let why) = self else {
            return CodecProcess.Failure(reason: "the \(work) gave an answer that does not fit its request")
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
