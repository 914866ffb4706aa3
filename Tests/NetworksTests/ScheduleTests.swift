import Networks
import Testing

/// Schedules against `torch.optim.lr_scheduler`.
@Suite("Schedules") struct ScheduleTests {
  static let cases: [String: Schedule] = [
    "step": .steps(initial: 0.4, every: 5, factor: 0.3),
    "multi-step": .steps(initial: 0.4, boundaries: [3, 4, 11], factor: 0.5),
    "cosine": .cosine(peak: 0.4, steps: 23, floor: 0.01),
    "polynomial": .polynomial(initial: 0.4, steps: 20, power: 0.9),
    "one cycle": .oneCycle(peak: 0.4, steps: 20),
    "one cycle, linear": .oneCycle(
      peak: 0.4, steps: 20, rise: 0.4, divisor: 10, finalDivisor: 100, curve: .linear),
    "warmed cosine": Schedule.cosine(peak: 0.4, steps: 19).warmedUp(over: 5),
    "warmed step": Schedule.steps(initial: 0.4, every: 5, factor: 0.3).warmedUp(over: 5),
  ]

  @Test("rates are the reference's", arguments: Array(cases.keys))
  func parity(name: String) throws {
    let reference = try ReferenceTraining.load().schedules
    #expect(Set(reference.keys) == Set(Self.cases.keys))
    let schedule = try #require(Self.cases[name])
    for (step, expected) in try #require(reference[name]).enumerated() {
      #expect(
        abs(schedule(step) - expected) < 1e-11, "step \(step): \(schedule(step)), \(expected)")
    }
  }

  @Test("what comes after the last step, and a constant")
  func ends() {
    #expect(Schedule.cosine(peak: 1, steps: 8, floor: 0.25)(99) == 0.25)
    #expect(Schedule.polynomial(initial: 1, steps: 8)(99) == 0)
    let cycle = Schedule.oneCycle(peak: 1, steps: 10)
    #expect(cycle(99) == cycle(9))
    #expect(Schedule.constant(0.3)(1_000) == 0.3)
    #expect(Schedule.constant(0.3).warmedUp(over: 0)(0) == 0.3)
    #expect(abs(Schedule.constant(0.3).warmedUp(over: 3)(1) - 0.2) < 1e-15)
  }
}
