import Foundation
import Testing
import TileCore

@testable import MasterDaemon

@Suite(.timeLimit(.minutes(10))) struct InProcessTransportTests {
    private let folder: TestFolder
    private let transport = InProcessTransport(threads: 1)

    init() throws { folder = try TestFolder() }

    private func order(filledWith byte: UInt8) throws -> PassOrder {
        let geometry = PassGeometry.row(of: 2)
        func canvas() throws -> Canvas {
            try Canvas.temporary(size: geometry.grid.image, format: .gray(.eight), in: folder.url.path)
        }
        let (source, target) = (try canvas(), try canvas())
        let whole = OwnedBytes(copying: [UInt8](repeating: byte, count: source.size.area))
        source.paste(
            PixelBuffer(adopting: whole, size: source.size, format: source.format),
            at: TileRegion(whole: source.size))
        return PassOrder(
            run: JobMachine.Run(job: .make(), generation: 1), pass: 0, pipeline: try Pipeline(parsing: "invert"),
            geometry: geometry, source: ImageUnderWay(source, rows: source.size.height),
            target: ImageUnderWay(target))
    }

    private func send(_ index: Int, of order: PassOrder) async throws {
        let tile = order.id.tile(index)
        try await transport.send(
            Scheduler.Dispatch(tile: tile, partition: 0, attempt: 1), of: order)
    }

    private func samples(of image: ImageUnderWay) -> Set<UInt8> {
        image.pixels.withPixels(rows: 0..<image.height) { pixels in
            var samples: Set<UInt8> = []
            pixels.forEachRow { row in samples.formUnion([UInt8](copying: row)) }
            return samples
        }
    }

    @Test func aTileIsWrittenDirectlyIntoTheTarget() async throws {
        let order = try order(filledWith: 40)
        for index in 0..<2 { try await send(index, of: order) }
        for _ in 0..<2 {
            let delivery = try #require(await transport.nextResult())
            #expect(delivery.result.tile.job == order.id.job)
        }
        #expect(samples(of: order.target) == [215])
        await transport.close()
    }

    @Test func aTileOfAnEndedPassIsNotTransformed() async throws {
        let (ended, going) = (try order(filledWith: 40), try order(filledWith: 50))
        ended.ended.set()
        try await send(0, of: ended)
        try await send(0, of: going)
        let delivery = try #require(await transport.nextResult())
        #expect(delivery.result.tile.job == going.id.job)
        #expect(samples(of: ended.target) == [0])
        await transport.close()
    }
}
