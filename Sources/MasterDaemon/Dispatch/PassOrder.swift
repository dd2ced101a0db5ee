import TileCore
import Tracing

/// A pass of a job with the images that it reads and writes.
struct PassOrder: Sendable {
    let run: JobMachine.Run
    let pass: Int
    let pipeline: Pipeline
    let geometry: PassGeometry
    let source: ImageUnderWay
    let target: ImageUnderWay
    /// Identifies this run of the pass to workers that write directly into the target.
    var loan: String { "\(run.generation)-\(number)" }
    private let number = String(UInt64.random(in: .min ... .max), radix: 16)
    /// The context of its log lines and of its tiles' spans.
    let scope = ServiceContext.current
    /// Set once the pass has ended, with or without success. Tiles that are not sent yet are then skipped.
    let ended = CancellationFlag()

    var id: PassID { PassID(job: run.job, number: pass) }
}
