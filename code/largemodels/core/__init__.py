"""What every part of the book needs: seeds, devices, the plot style, glue, the checker, the store."""
