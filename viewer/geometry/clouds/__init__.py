"""Point clouds on their way from files into the twin: streamed, sorted into chunks, mapped."""
