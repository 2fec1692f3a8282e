"""One module per resource, with its serializers and view sets."""
