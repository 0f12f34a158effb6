"""The models that come with ganola, each named after the music that it learned, with a card that says what it is.

`bench/shipped_model.py` makes them.
"""
