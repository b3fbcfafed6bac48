"""Documents to chunks: readers, sentences, chunking."""
