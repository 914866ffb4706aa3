/// Looks at rules together, for examples that do not hold and contradictions left unsaid.
struct RuleExaminer {
  let catalog: RuleCatalog

  /// A vote of at least this size, one way and the other, is opposite advice.
  static let opposingVote = 0.25

  /// Every problem, in catalogue order.
  var problems: [RuleProblem] {
    catalog.rules.flatMap { exampleProblems($0) + overrideProblems($0) + conflicts(of: $0) }
  }

  /// The membership of a rule on an example, after the facts that follow are filled in.
  func membership(_ rule: Rule, on example: Facts) -> Double? {
    let placement = Taxonomy(catalog: catalog).place(example)
    return rule.condition.membership(in: example.completed(placement: placement))
  }

  private func exampleProblems(_ rule: Rule) -> [RuleProblem] {
    var problems: [RuleProblem] = []
    for (index, example) in rule.firing.enumerated() {
      let membership = membership(rule, on: example)
      if let membership, membership >= 0.5 { continue }
      let outcome = membership.map { "its membership is \($0)" } ?? "a fact it needs is missing"
      problems.append(
        problem(rule, "example \(index + 1) of fires does not fire the rule: \(outcome)"))
    }
    for (index, example) in rule.silent.enumerated() {
      guard let membership = membership(rule, on: example), membership >= 0.5 else { continue }
      problems.append(
        problem(
          rule, "example \(index + 1) of silent fires the rule: its membership is \(membership)"))
    }
    return problems
  }

  private func overrideProblems(_ rule: Rule) -> [RuleProblem] {
    rule.overrides.compactMap { id in
      if id == rule.id { return problem(rule, "a rule cannot override itself") }
      guard catalog.rule(id) == nil else { return nil }
      return problem(rule, "it overrides '\(id)', which is no rule")
    }
  }

  /// Rules that fire on this rule's examples and advise the opposite, with no override declared.
  private func conflicts(of rule: Rule) -> [RuleProblem] {
    catalog.rules.compactMap { other in
      guard other.id != rule.id, other.status != .retired, rule.status != .retired,
        !rule.overrides.contains(other.id), !other.overrides.contains(rule.id),
        let clash = clash(rule, other),
        rule.firing.contains(where: { (membership(other, on: $0) ?? 0) >= 0.5 })
      else { return nil }
      return problem(
        rule,
        "it and '\(other.id)' fire together and give opposite advice on \(clash);"
          + " one of them must declare overrides")
    }
  }

  /// What two rules give opposite advice on: a regime voted up and down, or a hyper-parameter with
  /// bands that do not meet.
  private func clash(_ first: Rule, _ second: Rule) -> String? {
    for (regime, vote) in first.votes.sorted(by: { $0.key < $1.key }) {
      guard let other = second.votes[regime], vote * other < 0,
        min(abs(vote), abs(other)) >= Self.opposingVote
      else { continue }
      return "the regime \(regime)"
    }
    for band in first.bands {
      for other in second.bands
      where other.name == band.name && (band.low > other.high || other.low > band.high) {
        let apart =
          !band.regimes.isEmpty && !other.regimes.isEmpty
          && Set(band.regimes).isDisjoint(with: other.regimes)
        if !apart { return band.name.rawValue }
      }
    }
    return nil
  }

  private func problem(_ rule: Rule, _ message: String) -> RuleProblem {
    RuleProblem(file: rule.file, line: 1, column: 1, message: message)
  }
}
