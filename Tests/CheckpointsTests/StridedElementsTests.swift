import Checkpoints
import Testing

/// A view of a file's bytes never reaches past them, however its lengths and strides are chosen.
@Suite struct StridedElementsTests {
  private func fits(_ shape: [Int], _ strides: [Int], offset: Int = 0, elements: Int) -> Bool {
    let view = StridedElements(type: .float32, offset: offset, shape: shape, strides: strides)
    return (try? view.check(byteCount: 4 * elements, named: "w")) != nil
  }

  @Test func theLastElementMustLieInside() {
    // The last of [2, 3] with strides [5, 2] is 5 + 4, so ten elements are reached.
    #expect(fits([2, 3], [5, 2], elements: 10))
    #expect(!fits([2, 3], [5, 2], elements: 9))
    #expect(fits([2, 3], [5, 2], offset: 7, elements: 17))
    #expect(!fits([2, 3], [5, 2], offset: 7, elements: 16))
    #expect(!fits([1], [1], offset: 4, elements: 4))
  }

  @Test func nothingIsReachedByAnEmptyView() {
    #expect(fits([0, 3], [3, 1], elements: 0))
  }

  @Test func stridesThatOverflowAreRefused() {
    #expect(!fits([3], [.max], elements: 10))
    #expect(!fits([2, 2], [.max, 1], elements: 10))
    #expect(!fits([2, 2], [.max - 1, 1], offset: 1, elements: 10))
    #expect(!fits([2], [-1], offset: 5, elements: 10))
  }

  /// A stride of zero lets a view have more elements than there are bytes, but never past them.
  @Test func expandedViews() {
    #expect(fits([1000, 2], [0, 1], elements: 2))
    #expect(!fits([1000, 2], [0, 1], elements: 1))
    #expect(!fits([1 << 62, 1 << 62], [0, 0], elements: 1))
  }
}
