"""Made from the commands: the README's table, the manual, the completion scripts."""
