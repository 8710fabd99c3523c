"""The shared, tested code of the course “Large AI Models, from backpropagation to production”."""
