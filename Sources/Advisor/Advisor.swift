// The room `Advisor`: see Sources/README.md.
