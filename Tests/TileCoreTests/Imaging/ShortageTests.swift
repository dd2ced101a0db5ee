import Glibc
import Testing

@testable import TileCodecs
@testable import TileCore

@Suite struct ShortageTests {
    @Test(arguments: [
        (ENOSPC, Shortage.disk), (EDQUOT, .disk), (EMFILE, .files), (ENFILE, .files), (ENOMEM, .memory),
    ])
    func shortageIsTransient(number: Int32, shortage: Shortage) {
        let error = ImagingError.system(.canvas, "cannot open it", errno: number)
        #expect(error.shortage == shortage && error.isDiskFull == (shortage == .disk))
    }

    @Test(arguments: [EACCES, ENOENT, EIO, EROFS]) func otherErrorsAreNoShortage(number: Int32) {
        #expect(ImagingError.system(.canvas, "cannot open it", errno: number).shortage == nil)
    }

    /// Errors of codecs keep the shortage.
    @Test func codecErrorsKeepTheShortage() {
        for shortage in [Shortage.disk, .files] {
            let error = ImageFileError(inaccessible: "the file cannot be opened", shortage)
            #expect(error.shortage == shortage)
            #expect(ImagingError(undecodable: error).shortage == shortage)
            #expect(ImagingError(unencodable: error).shortage == shortage)
        }
        #expect(ImageFileError(inaccessible: "the file cannot be opened", nil).code == .inaccessible)
    }
}
