// The room `FineTuning`: see Sources/README.md.
