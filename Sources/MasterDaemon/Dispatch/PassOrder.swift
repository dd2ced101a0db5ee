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
    /// Names this run of the pass to workers that write into the target themselves.
    var loan: String { "\(run.generation)-\(number)" }
    private let number = String(UInt64.random(in: .min ... .max), radix: 16)
    /// What its log lines and the spans of its tiles are about.
    let scope = ServiceContext.current
    /// Set once the pass has ended, however: a tile that is not sent yet need not be.
    let ended = CancellationFlag()

    var id: PassID { PassID(job: run.job, number: pass) }
}
