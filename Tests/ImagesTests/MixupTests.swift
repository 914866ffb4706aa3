import Images
import Testing

struct MixupTests {
  private func draws(_ mixup: Mixup, count: Int = 6, batch: Int = 0) -> [Mixup.Mix?] {
    mixup.draws(count: count, width: 20, height: 30, seed: 4, epoch: 1, batch: batch)
  }

  @Test func modesShareTheirDraws() {
    let batch = draws(Mixup())
    #expect(Set(batch).count == 1)
    let pairs = draws(Mixup(mode: .pair))
    #expect(pairs[0] == pairs[5] && pairs[1] == pairs[4] && pairs[2] == pairs[3])
    #expect(Set(pairs).count == 3)
    #expect(Set(draws(Mixup(mode: .element))).count == 6)
    #expect(draws(Mixup(mode: .pair), count: 5)[2] == nil)
  }

  @Test(arguments: [0.2, 0.8, 1.0, 5.0])
  func lambdaIsBeta(_ alpha: Double) {
    let values = draws(Mixup(mixupAlpha: alpha, mode: .element), count: 20000).compactMap {
      $0?.lambda
    }
    let mean = values.reduce(0, +) / Double(values.count)
    let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
    // Beta(α, α) has mean 1/2 and variance 1 / (4 (2α + 1)).
    #expect(values.count > 19000)
    #expect(abs(mean - 0.5) < 0.02)
    #expect(abs(variance * 4 * (2 * alpha + 1) - 1) < 0.05)
  }

  @Test func boxesHaveTheAreaThatLambdaSays() {
    let mixes = draws(Mixup(mixupAlpha: 0, cutmixAlpha: 1, mode: .element), count: 2000)
    for mix in mixes.compactMap({ $0 }) {
      guard let box = mix.rectangle else {
        Issue.record("mixup where only cutmix is on")
        continue
      }
      #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 20 && box.y + box.height <= 30)
      #expect(abs(mix.lambda - (1 - Double(box.width * box.height) / 600)) < 1e-12)
    }
    #expect(mixes.contains { ($0?.lambda ?? 1) < 0.4 })
  }

  @Test func probabilitiesDecide() {
    let mixes = (0..<1000).map { draws(Mixup(cutmixAlpha: 1, probability: 0.6), batch: $0)[0] }
    let mixed = mixes.compactMap { $0 }
    #expect(abs(mixed.count - 600) < 80)
    #expect(abs(mixed.count { $0.rectangle != nil } - mixed.count / 2) < 65)
  }
}
