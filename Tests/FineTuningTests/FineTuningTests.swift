// Tests of FineTuning.
