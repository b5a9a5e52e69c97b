"""Serving: endpoints that speak OpenAI's protocol, completions from them, and the static verdict on completions."""
