// The room `Datasets`: see Sources/README.md.
