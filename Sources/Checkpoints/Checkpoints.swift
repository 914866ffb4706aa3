// The room `Checkpoints`: see Sources/README.md.
