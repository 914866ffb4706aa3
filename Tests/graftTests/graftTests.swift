// Tests of graft.
