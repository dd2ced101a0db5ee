import Logging
import TileCore

/// The log lines of the dispatcher. Each takes the name of its tile as metadata.
struct DispatchLog: Sendable {
    let logger: Logger

    func begin(_ dispatch: Scheduler.Dispatch, _ name: Logger.Metadata) {
        if dispatch.isSpeculative {
            logger.info(
                "a tile is slow; speculative attempt by another worker", metadata: dispatch.metadata(name))
        }
        logger.debug("tile sent", metadata: dispatch.metadata(name))
    }

    /// - Parameter isCurrent: whether its pass goes on.
    func notSent(_ dispatch: Scheduler.Dispatch, _ name: Logger.Metadata, _ reason: String, isCurrent: Bool) {
        guard isCurrent else {
            return logger.debug("a tile of an ended pass was not sent", metadata: dispatch.metadata(name))
        }
        logger.warning(
            "a tile could not be sent; trying again",
            metadata: dispatch.metadata(name).merging([LogKey.reason: "\(reason)"]) { $1 })
    }

    func sendingPixels(_ result: TileResult, _ name: Logger.Metadata) {
        logger.info(
            "a worker cannot open the canvases that were lent; sending it the pixels",
            metadata: name.merging([LogKey.worker: "\(result.worker)"]) { $1 })
    }

    func couldNotDo(_ result: TileResult, _ name: Logger.Metadata) {
        logger.notice(
            "a worker could not do a tile; resending it",
            metadata: name.merging([
                LogKey.worker: "\(result.worker)", LogKey.attempt: "\(result.attempt)",
            ]) { $1 })
    }

    /// - Parameter worker: the one that was lost; `nil` if the tile is late.
    func resending(_ name: Logger.Metadata, _ worker: String?) {
        let whose = worker.map { [LogKey.worker: "\($0)"] as Logger.Metadata } ?? [:]
        logger.notice(
            worker == nil ? "no result in time; resending the tile" : "worker lost; resending its tile",
            metadata: name.merging(whose) { $1 })
    }

    func failed(_ name: Logger.Metadata, _ reason: String) {
        logger.error("tile failed permanently", metadata: name.merging([LogKey.reason: "\(reason)"]) { $1 })
    }
}

extension Scheduler.Dispatch {
    fileprivate func metadata(_ name: Logger.Metadata) -> Logger.Metadata {
        name.merging([LogKey.attempt: "\(attempt)", LogKey.partition: "\(partition)"]) { $1 }
    }
}
