// Tests of Profiling.
