import Testing

@testable import TileCore

@Suite struct OwnedBytesTests {
    @Test(arguments: [0, 1, 15, 16, 4096, 1 << 20]) func copiesHoldTheBytes(count: Int) {
        var generator = SeededGenerator(seed: UInt64(count))
        let bytes = generator.bytes(count)
        let owned = OwnedBytes(copying: bytes)
        #expect(owned.count == count)
        #expect(owned.withBytes { [UInt8](copying: $0) } == bytes)
        let again = owned.withBytes { OwnedBytes(copying: $0) }
        #expect(again.count == count)
        #expect(again.withBytes { [UInt8](copying: $0) } == bytes)
    }

    @Test func anyCollectionCanBeCopied() {
        let bytes: [UInt8] = [1, 2, 3, 4, 5]
        #expect(OwnedBytes(copying: bytes[1...3]).withBytes { [UInt8](copying: $0) } == [2, 3, 4])
        #expect(OwnedBytes(copying: "Käse".utf8).withBytes { [UInt8](copying: $0) } == Array("Käse".utf8))
        #expect(OwnedBytes(copying: repeatElement(7, count: 3)).withBytes { [UInt8](copying: $0) } == [7, 7, 7])
    }

    @Test func aSpanOfAnotherIsCopiedNotShared() {
        let first = OwnedBytes(copying: [1, 2, 3])
        let second = first.withBytes { OwnedBytes(copying: $0) }
        #expect(second.withBytes { [UInt8](copying: $0) } == [1, 2, 3])
        let address = unsafe first.release()
        let other = unsafe second.release()
        #expect(unsafe address != other)
        _ = unsafe OwnedBytes(adopting: address, count: 3)
        _ = unsafe OwnedBytes(adopting: other, count: 3)
    }

    @Test func memoryChangesHandsWithoutACopy() {
        let first = OwnedBytes(copying: [9, 8, 7])
        let count = first.count
        let memory = unsafe first.release()
        let second = unsafe OwnedBytes(adopting: memory, count: count)
        #expect(second.count == 3)
        #expect(second.withBytes { [UInt8](copying: $0) } == [9, 8, 7])
    }

    @Test func errorsOfTheBodyAreRethrown() {
        struct Refusal: Error {}
        let owned = OwnedBytes(count: 4)
        #expect(throws: Refusal.self) { try owned.withBytes { _ throws(Refusal) in throw Refusal() } }
    }

    @Test func bytesCanBePassedBetweenTasks() async {
        let owned = OwnedBytes(copying: [1, 2, 3])
        let task = Task { [bytes = owned.withBytes { [UInt8](copying: $0) }] in OwnedBytes(copying: bytes).count }
        #expect(await task.value == 3)
    }
}
