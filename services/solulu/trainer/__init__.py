"""Training: a base model fine-tuned on goldens, with the weight where golden and negative differ."""
