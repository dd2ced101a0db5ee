import Logging
import TileCore

/// The log lines of the dispatcher. Each takes the name of its tile as metadata.
struct DispatchLog: Sendable {
    let logger: Logger

    func begin(_ dispatch: Scheduler.Dispatch, _ name: Logger.Metadata) {
        if dispatch.isSpeculative {
            logger.info(
                "tile slow; speculative attempt by another worker", metadata: dispatch.metadata(name))
        }
        logger.debug("tile sent", metadata: dispatch.metadata(name))
    }

    /// - Parameter isCurrent: whether the tile's pass is still under way.
    func notSent(_ dispatch: Scheduler.Dispatch, _ name: Logger.Metadata, _ reason: String, isCurrent: Bool) {
        guard isCurrent else {
            return logger.debug("tile not sent; its pass has ended", metadata: dispatch.metadata(name))
        }
        logger.warning(
            "tile not sent; trying again",
            metadata: dispatch.metadata(name).merging([LogKey.reason: "\(reason)"]) { $1 })
    }

    func sendingPixels(_ result: TileResult, _ name: Logger.Metadata) {
        logger.info(
            "lent canvas cannot be opened by the worker; resending the tile with its pixels",
            metadata: name.merging([LogKey.worker: "\(result.worker)"]) { $1 })
    }

    func couldNotDo(_ result: TileResult, _ name: Logger.Metadata) {
        logger.notice(
            "tile failed on a worker; resending it",
            metadata: name.merging([
                LogKey.worker: "\(result.worker)", LogKey.attempt: "\(result.attempt)",
            ]) { $1 })
    }

    /// - Parameter worker: the lost worker; `nil` if the tile is late.
    func resending(_ name: Logger.Metadata, _ worker: String?) {
        let whose = worker.map { [LogKey.worker: "\($0)"] as Logger.Metadata } ?? [:]
        logger.notice(
            worker == nil ? "tile late; resending it" : "worker lost; resending its tile",
            metadata: name.merging(whose) { $1 })
    }

    func failed(_ name: Logger.Metadata, _ reason: String) {
        logger.error("tile failed permanently", metadata: name.merging([LogKey.reason: "\(reason)"]) { $1 })
    }
}

extension Scheduler.Dispatch {
    fileprivate func metadata(_ name: Logger.Metadata) -> Logger.Metadata {
        var metadata = name
        metadata[LogKey.attempt] = "\(attempt)"
        metadata[LogKey.partition] = "\(partition)"
        if count > 1 { metadata[LogKey.tiles] = "\(count)" }
        return metadata
    }
}
