"""MusicXML, in and out."""
