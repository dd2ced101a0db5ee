#if DEBUG
    internal import CCodecProcess
    public import TileCore

    /// What a process in the sandbox must not be able to do; it tries it where a test asks for it.
    public enum SandboxTrial: String, Sendable, Codable, CaseIterable {
        case open, create, unlink, socket, fork, exec, kill, truncate, punch, code, sharedMemory

        /// Tries it. Some ways end the process.
        /// - Returns: the error that it was refused with; 0 if it went through.
        public func run(_ file: OwnedDescriptor) -> Int32 { twp_try(trial, file.number) }

        /// Whether the kernel has Landlock.
        public static var hasLandlock: Bool { twp_landlock_version() > 0 }

        /// Tries it in a child that Landlock alone shuts in.
        /// - Returns: as `run`; -1 if there can be no such child.
        public func runInLandlock() -> Int32 { twp_try_in_landlock(trial) }

        private var trial: twp_trial {
            switch self {
            case .open: TWP_TRY_OPEN
            case .create: TWP_TRY_CREATE
            case .unlink: TWP_TRY_UNLINK
            case .socket: TWP_TRY_SOCKET
            case .fork: TWP_TRY_FORK
            case .exec: TWP_TRY_EXEC
            case .kill: TWP_TRY_KILL
            case .truncate: TWP_TRY_TRUNCATE
            case .punch: TWP_TRY_PUNCH
            case .code: TWP_TRY_CODE
            case .sharedMemory: TWP_TRY_SHARED_MEMORY
            }
        }
    }

    /// Faults of a process that tests ask for.
    public enum ProcessFault {
        /// Ends this process as a wrong pointer does.
        public static func crash() { twp_crash() }

        /// Blocks the signal at the limit of processor time, as a process does that was taken over.
        public static func blockTimeSignal() { twp_block_time_signal() }

        /// Allocates and frees as much as that, in bytes.
        /// - Returns: whether there was as much.
        public static func canUseMemory(_ bytes: Int) -> Bool { twp_use_memory(UInt64(bytes)) != 0 }
    }
#endif
