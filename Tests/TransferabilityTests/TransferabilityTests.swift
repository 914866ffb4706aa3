// Tests of Transferability.
