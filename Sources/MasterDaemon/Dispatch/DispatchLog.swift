import Logging
import TileCore

/// What the dispatcher says of tiles.
struct DispatchLog: Sendable {
    let logger: Logger

    func begin(_ dispatch: Scheduler.Dispatch) {
        if dispatch.isSpeculative {
            logger.info("a tile is slow; speculative attempt by another worker", metadata: dispatch.logMetadata)
        }
        logger.debug("tile sent", metadata: dispatch.logMetadata)
    }

    /// - Parameter isCurrent: whether its pass goes on.
    func notSent(_ dispatch: Scheduler.Dispatch, _ reason: String, isCurrent: Bool) {
        guard isCurrent else {
            return logger.debug("a tile of an ended pass was not sent", metadata: dispatch.logMetadata)
        }
        logger.warning(
            "a tile could not be sent; trying again",
            metadata: dispatch.logMetadata.merging([LogKey.reason: "\(reason)"]) { $1 })
    }

    func sendingPixels(_ result: TileResult) {
        logger.info(
            "a worker cannot open the canvases that were lent; sending it the pixels",
            metadata: result.tile.logMetadata.merging([LogKey.worker: "\(result.worker)"]) { $1 })
    }

    func couldNotDo(_ result: TileResult) {
        logger.notice(
            "a worker could not do a tile; resending it",
            metadata: result.tile.logMetadata.merging([
                LogKey.worker: "\(result.worker)", LogKey.attempt: "\(result.attempt)",
            ]) { $1 })
    }

    func resending(_ tile: TileID, _ message: Logger.Message, _ metadata: Logger.Metadata) {
        logger.notice(message, metadata: tile.logMetadata.merging(metadata) { $1 })
    }

    func failed(_ tile: TileID, _ reason: String) {
        logger.error("tile failed permanently", metadata: tile.logMetadata.merging([LogKey.reason: "\(reason)"]) { $1 })
    }
}

extension Scheduler.Dispatch {
    fileprivate var logMetadata: Logger.Metadata {
        tile.logMetadata.merging([LogKey.attempt: "\(attempt)", LogKey.partition: "\(partition)"]) { $1 }
    }
}
