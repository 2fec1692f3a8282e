"""One module per API resource, named after its command; each holds a Typer app called `app`."""
