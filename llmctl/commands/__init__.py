"""One module per API resource, named as its command; each holds a Typer app called `app`."""
