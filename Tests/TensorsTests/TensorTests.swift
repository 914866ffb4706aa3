import Tensors
import Testing

@Suite struct TensorTests {
  @Test func shapesAndRows() {
    let t = Tensor(shape: [2, 3], values: [1, 2, 3, 4, 5, 6])
    #expect(t.count == 6)
    #expect(t.rowCount == 2)
    #expect(t.rowLength == 3)
    #expect(t.row(1).values == [4, 5, 6])
    #expect(t.row(1).shape == [3])
    #expect(t.rows(0..<1).shape == [1, 3])
    #expect(t.reshaped(to: [3, 2])[flat: 3] == 4)
    #expect(Tensor(shape: []).count == 1)
    #expect(Tensor(shape: [0, 4]).values.isEmpty)
    #expect(Tensor(shape: [2, 2]).values == [0, 0, 0, 0])
  }

  @Test func writingToACopyLeavesTheOriginal() {
    let a = Tensor(shape: [3], values: [1, 2, 3])
    var b = a
    b[flat: 0] = 9
    #expect(a.values == [1, 2, 3])
    #expect(b.values == [9, 2, 3])
    var c = a.reshaped(to: [1, 3])
    c.withUnsafeMutableBufferPointer { $0[2] = 7 }
    #expect(a.values == [1, 2, 3])
    #expect(c.values == [1, 2, 7])
  }

  @Test func writingToTheOnlyReferenceKeepsTheMemory() {
    var a = Tensor(shape: [3], values: [1, 2, 3])
    let before = a.withUnsafeBufferPointer { $0.baseAddress }
    a.withUnsafeMutableBufferPointer { $0[0] = 5 }
    let after = a.withUnsafeBufferPointer { $0.baseAddress }
    #expect(before == after)
  }

  @Test func storageIsAligned() {
    for count in [0, 1, 17, 1000] {
      let storage = FloatStorage(count: count)
      #expect(UInt(bitPattern: storage.pointer) % 64 == 0)
      #expect(storage.buffer.count == count)
    }
  }

  @Test func wrongCountIsAProgrammersMistake() async {
    await #expect(processExitsWith: .failure) {
      _ = Tensor(shape: [2, 2], values: [1, 2, 3])
    }
  }

  @Test func matrixOfATensor() {
    let m = Matrix(Tensor(shape: [2, 2], values: [1, 2, 3, 4]))
    #expect(m[1, 0] == 3)
    #expect(m.transposed.values == [1, 3, 2, 4])
    #expect(m.row(1) == [3, 4])
    #expect(Matrix.identity(2).values == [1, 0, 0, 1])
  }
}
