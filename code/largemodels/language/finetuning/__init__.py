"""Fine-tuning: what of a trained model is changed, by what data, and what it costs and loses."""
