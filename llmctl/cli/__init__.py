"""The parts that commands share: options, dependencies, usage errors, the commands as data."""
