"""From recordings to transcripts: engines, speakers, guards, the night's batch, and what others made."""
