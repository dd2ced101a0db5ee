import Subprocess
import Testing

extension SystemTests {
    /// The libraries that a worker's host needs. A worker reads and writes no image files, so it needs no codecs.
    @Suite struct LinkedLibrariesTests {
        /// The names without `.so` and the version.
        private static let allowed: Set = [
            "librdkafka", "libopencv_core", "libopencv_imgproc",
            // The runtimes of C and C++.
            "libc", "libm", "libstdc++", "libgcc_s", "ld-linux-x86-64", "ld-linux-aarch64",
        ]

        /// Swift's own libraries are installed with the program, see `deploy/README.md`.
        private static func isOfSwift(_ name: String) -> Bool {
            ["libswift", "libFoundation", "lib_Foundation", "libdispatch", "libBlocksRuntime"]
                .contains { name.hasPrefix($0) }
        }

        /// The libraries that the program itself names. Those that its libraries name are not included.
        private func libraries(of program: String) async throws -> Set<String> {
            let run = try await ProgramOutput.of("/usr/bin/readelf", ["--dynamic", "--wide", program])
            #expect(run.status == .exited(0), "\(run.error)")
            return Set(run.output.matches(of: /\(NEEDED\)[^\[]*\[(.+)\.so[.0-9]*\]/).map { String($0.1) })
        }

        @Test func workerLinksNoCodecs() async throws {
            let found = try await libraries(of: Programs.worker)
            #expect(found.contains("libopencv_imgproc"))
            #expect(found.subtracting(Self.allowed).filter { !Self.isOfSwift($0) } == [])
        }

        /// Shows that the test above would find libraries of image files.
        @Test func masterLinksCodecs() async throws {
            let found = try await libraries(of: Programs.master)
            #expect(found.isSuperset(of: ["libjpeg", "libpng16", "libtiff", "libwebp", "libexiv2", "libseccomp"]))
        }
    }
}
