"""The rule language: grammar, types, units, and the compiler."""
