// Tests of Datasets.
