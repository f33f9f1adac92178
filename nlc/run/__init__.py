"""After emission: an emitted package is trained on bytes, judged, and asked to go on."""
