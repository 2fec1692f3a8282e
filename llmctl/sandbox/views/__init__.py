"""One module per resource: its serializer and its view set."""
