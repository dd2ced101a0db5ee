import TileCore

/// A pass of a job with the canvases that it reads and writes.
struct PassOrder: Sendable {
    let run: JobMachine.Run
    let pass: Int
    let pipeline: Pipeline
    let geometry: PassGeometry
    let source: Canvas
    let target: Canvas
    /// Set once the pass has ended, however: a tile that is not sent yet need not be.
    let ended = CancellationFlag()

    var job: JobID { run.job }
}
