import TileCore

/// A pass of a job with the canvases that it reads and writes.
struct PassOrder: Sendable {
    let run: JobMachine.Run
    let pass: Int
    let pipeline: Pipeline
    let geometry: PassGeometry
    let source: Canvas
    let target: Canvas

    var job: JobID { run.job }
}
