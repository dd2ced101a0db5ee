#if DEBUG
    internal import CCodecProcess
    public import TileCore

    /// Forbidden operations that a sandboxed process tries on request of a test.
    public enum SandboxTrial: String, Sendable, Codable, CaseIterable {
        case open, create, unlink, socket, fork, exec, kill, truncate, punch, code, sharedMemory

        /// Tries the operation. Some of them end the process.
        /// - Returns: the error number of the refusal; 0 if the operation succeeded.
        public func run(_ file: OwnedDescriptor) -> Int32 { twp_try(trial, file.number) }

        /// Whether the kernel has Landlock.
        public static var hasLandlock: Bool { twp_landlock_version() > 0 }

        /// Tries the operation in a child process that only Landlock restricts.
        /// - Returns: as `run`; -1 if there is no such child.
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

    /// Faults that tests inject into a process.
    public enum ProcessFault {
        /// Ends this process as an invalid pointer would.
        public static func crash() { twp_crash() }

        /// Blocks the signal at the limit of processor time, as an attacker in this process would.
        public static func blockTimeSignal() { twp_block_time_signal() }

        /// Allocates and frees this many bytes.
        /// - Returns: whether the allocation succeeded.
        public static func canUseMemory(_ bytes: Int) -> Bool { twp_use_memory(UInt64(bytes)) != 0 }
    }
#endif
