"""How far two coders agree, and how sure one can be of it."""
