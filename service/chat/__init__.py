"""An OpenAI-compatible endpoint over the answers. Imports `answering` and the infrastructure."""
