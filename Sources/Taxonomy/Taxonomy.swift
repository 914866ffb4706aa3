// The room `Taxonomy`: see Sources/README.md.
