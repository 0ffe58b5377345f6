"""What the codings say: passages gathered into themes, with quotes that stand for them."""
