import Networks
import Tensors
import TestSupport
import Testing

import struct Foundation.Data

/// What plans say about memory before they take any.
@Suite("Memory") struct MemoryTests {
  @Test("an estimate is what the plan takes", arguments: PlanTests.families)
  func estimates(id: String, size: Int) throws {
    let (network, _) = try PlanTests.example(id, size)
    let shape = PlanTests.shape(size)
    let inference = try InferencePlan(network: network, batchSize: 3, inputShape: shape)
    let estimate = try InferencePlan.memoryEstimate(
      network: network, batchSize: 3, inputShape: shape)
    #expect(estimate == inference.memory)
    #expect(estimate.arenaBytes == inference.arenaBytes)
    // What is packed is counted with what it is packed from.
    #expect(estimate.parameterBytes >= inference.weightBytes)
    let training = try TrainingPlan(
      network: network, batchSize: 3, inputShape: shape, trainable: .head)
    #expect(
      try TrainingPlan.memoryEstimate(
        network: network, batchSize: 3, inputShape: shape, trainable: .head) == training.memory)
  }

  @Test("too little memory is said before the work starts, with the batch that would fit")
  func refusal() throws {
    let (network, images) = try PlanTests.example("resnet18", 64)
    let shape = PlanTests.shape(64)
    func training(_ batch: Int, _ available: Int) throws -> TrainingPlan {
      try TrainingPlan(
        network: network, batchSize: batch, inputShape: shape, availableMemory: available)
    }
    let needed = try TrainingPlan.memoryEstimate(
      network: network, batchSize: 3, inputShape: shape
    ).totalBytes
    let error = #expect(throws: NetworkError.self) { try training(8, needed) }
    guard case .memory(let wanted, needed, 3)? = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(wanted > needed)
    #expect(error?.description.hasSuffix("a batch of 3 would fit.") == true)
    let plan = try training(3, needed)
    #expect(try plan.step(images: images, labels: TrainingTests.labels).loss > 0)

    let nothing = #expect(throws: NetworkError.self) { try training(8, 1000) }
    #expect(nothing?.description.contains("not even a batch of 1 would fit") == true)
    #expect(throws: NetworkError.self) {
      try InferencePlan(network: network, batchSize: 8, inputShape: shape, availableMemory: 1000)
    }
  }

  @Test("available memory is the least of what the kernel and the control group leave")
  func available() throws {
    let folder = try ScratchFolder()
    let root = folder.url.path
    #expect(AvailableMemory.bytes(root: root) == nil)
    try folder.write(
      "MemTotal:       99999999 kB\nMemFree: 1 kB\nMemAvailable:    2000 kB\n", to: "proc/meminfo")
    #expect(AvailableMemory.bytes(root: root) == 2000 * 1024)
    try folder.write("max\n", to: "sys/fs/cgroup/memory.max")
    try folder.write("700000\n", to: "sys/fs/cgroup/memory.current")
    #expect(AvailableMemory.bytes(root: root) == 2000 * 1024)
    try folder.write("1000000\n", to: "sys/fs/cgroup/memory.max")
    #expect(AvailableMemory.bytes(root: root) == 300_000)
    // File cache gives way.
    try folder.write(
      "anon 500000\ninactive_file 200000\nfile 2\n", to: "sys/fs/cgroup/memory.stat")
    #expect(AvailableMemory.bytes(root: root) == 500_000)
    try folder.write("0::/job.scope\n", to: "proc/self/cgroup")
    try folder.write("90000\n", to: "sys/fs/cgroup/job.scope/memory.max")
    try folder.write("100000\n", to: "sys/fs/cgroup/job.scope/memory.current")
    #expect(AvailableMemory.bytes(root: root) == 0)

    let old = try ScratchFolder()
    try old.write("5000000\n", to: "sys/fs/cgroup/memory/memory.limit_in_bytes")
    try old.write("1000000\n", to: "sys/fs/cgroup/memory/memory.usage_in_bytes")
    #expect(AvailableMemory.bytes(root: old.url.path) == 4_000_000)
    try old.write("9223372036854771712\n", to: "sys/fs/cgroup/memory/memory.limit_in_bytes")
    #expect(AvailableMemory.bytes(root: old.url.path) == nil)
    #expect((AvailableMemory.bytes ?? .max) > 1 << 20)
  }
}
