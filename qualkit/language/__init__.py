"""Finnish, Swedish and English: tokens, lemmas, compounds, spoken forms, language guess, spaCy pipelines."""
