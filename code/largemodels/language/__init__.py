"""Part “language”: text, transformers and large language models."""
