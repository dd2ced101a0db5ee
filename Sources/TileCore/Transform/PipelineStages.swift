/// The steps of a pipeline in the form in which they are computed.
///
/// Consecutive per-sample steps on 8-bit images are merged into one lookup table. Each stage computes only the pixels
/// that the stages after it read.
struct PipelineStages {
    private enum Stage {
        case step(any Transform)
        case table(SampleTable)

        var name: String {
            switch self {
            case .step(let transform): type(of: transform).descriptor.name
            case .table: "table"
            }
        }
    }

    private var stages: [Stage] = []

    /// The number of stages. Each goes over the pixels once.
    var count: Int { stages.count }

    init(_ transforms: [any Transform], format: PixelFormat) {
        guard format.depth == .eight else {
            stages = transforms.map { .step($0) }
            return
        }
        var channels = format.channels
        var run: [any Transform] = []
        for transform in transforms {
            let before: PixelFormat = channels == 1 ? .gray(.eight) : .bgr(.eight)
            let after = (try? transform.output(for: before)) ?? before
            channels = after.channels
            if transform.table(for: .eight) == nil {
                append(run)
                run = []
                stages.append(.step(transform))
            } else if after == before {
                run.append(transform)
            } else {
                // The step makes gray of color. Its table takes gray, so a grayscale step goes first.
                append(run)
                run = [transform]
                stages.append(.step(Grayscale(ParameterValues(validated: [:]))))
            }
        }
        append(run)
    }

    private mutating func append(_ run: [any Transform]) {
        let tables = run.compactMap { $0.table(for: .eight) }
        guard tables.count > 1 else {
            stages += run.map { .step($0) }
            return
        }
        stages.append(.table(tables.dropFirst().reduce(tables[0]) { $0.followed(by: $1) }))
    }

    /// The pixels of `inner` after all stages. `image` has no alpha.
    func apply(
        to image: borrowing PixelBuffer, inner: TileRegion, timing: StepTiming? = nil
    ) throws(ImagingError) -> PixelBuffer {
        let regions = regions(for: inner, of: image.size, image.format.depth)
        var result = try Self.apply(stages[0], to: image, regions[0], timing)
        for (index, stage) in stages.enumerated().dropFirst() {
            result = try Self.apply(stage, to: result, regions[index].relative(to: regions[index - 1]), timing)
        }
        return result
    }

    /// The part of the image that each stage computes: the part that the next stage needs, with its halo.
    private func regions(for inner: TileRegion, of size: PixelSize, _ depth: SampleDepth) -> [TileRegion] {
        var regions = [TileRegion](repeating: inner, count: stages.count)
        for index in stages.indices.dropLast().reversed() {
            guard case .step(let next) = stages[index + 1] else {
                regions[index] = regions[index + 1]
                continue
            }
            // The result of a step that is not exact (`edges`) may depend on every pixel of the tile, so the stage
            // before it computes the whole tile.
            regions[index] =
                type(of: next).descriptor.isExact
                ? regions[index + 1].expanded(by: next.halo(depth), within: size) : TileRegion(whole: size)
        }
        return regions
    }

    private static func apply(
        _ stage: Stage, to image: borrowing PixelBuffer, _ region: TileRegion, _ timing: StepTiming?
    ) throws(ImagingError) -> PixelBuffer {
        guard let timing else { return try compute(stage, image, region) }
        let clock = ContinuousClock()
        let start = clock.now
        let result = try compute(stage, image, region)
        timing(stage.name, clock.now - start)
        return result
    }

    private static func compute(
        _ stage: Stage, _ image: borrowing PixelBuffer, _ region: TileRegion
    ) throws(ImagingError) -> PixelBuffer {
        switch stage {
        case .step(let transform): try transform.apply(image, region)
        case .table(let table): try OpenCV.lookup(image, region, in: table)
        }
    }
}
