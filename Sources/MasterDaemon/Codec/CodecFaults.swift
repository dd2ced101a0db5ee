#if DEBUG
    import Dispatch
    import Foundation
    import TileCodecs
    import TileCore

    /// Faults that tests inject into codec processes through an environment variable, in debug builds only.
    ///
    /// With `TILEWORK_FAULT_CODEC=crash:311@decode`, the decoder of images that are 311 px wide crashes when its first
    /// rows are complete. The other faults are `loop`, `defy` (a loop that blocks the signal of the time limit),
    /// `stall`, `crawl` (reports the same row again and again), `mute` (closes standard error, then does nothing),
    /// `memory` and `errors` (a line on standard error). The other places are `header`, `encode` and `region` (a region
    /// of that width). `TILEWORK_FAULT_CODEC_SECONDS` replaces the time limits.
    struct CodecFaults {
        private enum Kind: String { case crash, loop, defy, stall, crawl, mute, memory, errors }
        enum Place: String { case header, decode, encode, region }

        static let variable = "TILEWORK_FAULT_CODEC"
        static let secondsVariable = "TILEWORK_FAULT_CODEC_SECONDS"

        private let kind: Kind
        private let width: Int
        private let place: Place

        /// - Returns: `nil` if the variable is not set.
        init?(_ text: String?) {
            let parts = text?.split(whereSeparator: { $0 == ":" || $0 == "@" }).map(String.init) ?? []
            guard parts.count == 3, let kind = Kind(rawValue: parts[0]), let width = Int(parts[1]),
                let place = Place(rawValue: parts[2])
            else { return nil }
            (self.kind, self.width, self.place) = (kind, width, place)
        }

        /// Injects the fault if this is its place.
        /// - Parameter socket: a stalled codec reads from it until the master ends.
        /// - Throws: `ImageFileError` for the fault `memory`, if the memory limit holds.
        func inject(in place: Place, of width: Int, _ socket: MessageSocket) throws {
            if place == self.place, width == self.width { try inject(socket) }
        }

        private func inject(_ socket: MessageSocket) throws {
            switch kind {
            case .crash: ProcessFault.crash()
            case .loop: while true {}
            case .defy:
                ProcessFault.blockTimeSignal()
                while true {}
            case .stall: stall(socket)
            case .crawl:
                let never = DispatchSemaphore(value: 0)
                while try socket.send(CodecAnswer.rows(1).bytes) { _ = never.wait(timeout: .now() + 0.5) }
            case .mute:
                try? FileHandle.standardError.close()
                stall(socket)
            case .memory:
                // More than the limit of any test's image.
                if ProcessFault.canUseMemory(4 << 30) { return }
                throw ImageFileError(.outOfMemory, "not enough memory")
            case .errors: FileHandle.standardError.write(Data("a library says something\n".utf8))
            }
        }

        /// Waits until the master ends.
        private func stall(_ socket: MessageSocket) {
            while socket.receive() != nil {}
        }

        /// The limits, with the time limits of a test if it has set any.
        static func limits(_ limits: CodecLimits) -> CodecLimits {
            guard let text = ProcessInfo.processInfo.environment[secondsVariable], let seconds = Int(text) else {
                return limits
            }
            return CodecLimits(
                cpuSeconds: seconds, memory: limits.memory, file: limits.file, idleLimit: .seconds(seconds))
        }
    }
#endif
