/// What long work says while it goes on; the command line prints it on standard error.
public enum RunEvent: Sendable {
  /// A new phase begins, named by a short sentence.
  case phase(String)
  /// How far the present phase is: `done` of `total` `unit`s.
  case progress(done: Int, total: Int, unit: String)
  /// An epoch has ended.
  case epoch(EpochRecord)
  /// Something the person should know, such as an image that could not be read.
  case note(String)
}

/// Receives what long work says; called from one thread at a time.
public typealias RunEventHandler = @Sendable (RunEvent) -> Void

/// One line of a training log.
public struct EpochRecord: Codable, Sendable, Equatable {
  /// The epoch, from 1.
  public var epoch: Int
  /// Optimiser steps made so far.
  public var step: Int
  /// The mean training loss over the epoch, in nats.
  public var trainingLoss: Double
  /// The share of training images named rightly while training, in `[0, 1]`.
  public var trainingAccuracy: Double
  /// The share of validation images named rightly after the epoch, or nil without such images.
  public var validationAccuracy: Double?
  /// The mean cross-entropy on validation images in nats, or nil without such images.
  public var validationLoss: Double?
  /// The learning rate of the pre-trained parameters in the epoch's last step.
  public var learningRate: Double
  /// Wall-clock seconds since training began.
  public var seconds: Double

  /// Creates a line of a training log.
  public init(
    epoch: Int, step: Int, trainingLoss: Double, trainingAccuracy: Double,
    validationAccuracy: Double?, validationLoss: Double?, learningRate: Double, seconds: Double
  ) {
    self.epoch = epoch
    self.step = step
    self.trainingLoss = trainingLoss
    self.trainingAccuracy = trainingAccuracy
    self.validationAccuracy = validationAccuracy
    self.validationLoss = validationLoss
    self.learningRate = learningRate
    self.seconds = seconds
  }
}
