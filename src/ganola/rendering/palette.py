"""The colours of all pictures, charts and pages: told apart by all kinds of colour vision, and in print.

Okabe and Ito, Color universal design, 2008, without the yellow and the black.
"""

Colour = tuple[int, int, int]  # red, green and blue, 0 to 255

BLUE: Colour = (0, 114, 178)
VERMILION: Colour = (213, 94, 0)
GREEN: Colour = (0, 158, 115)
PURPLE: Colour = (204, 121, 167)
ORANGE: Colour = (230, 159, 0)
SKY_BLUE: Colour = (86, 180, 233)
GREY: Colour = (122, 122, 122)
SERIES = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY_BLUE, GREY)

PAPER: Colour = (255, 255, 255)
TEXT: Colour = (58, 65, 76)
FAINT_TEXT: Colour = (107, 116, 128)
FRAME: Colour = (150, 158, 170)  # of drawings, and bar lines
NEUTRAL: Colour = (186, 191, 199)  # notes that are not of interest
AXIS: Colour = (205, 211, 219)  # and the lines between octaves
GRID: Colour = (226, 230, 236)  # and beats
SHADE: Colour = (242, 244, 247)  # and the rows of black keys
SHADE_OF_PHASES: Colour = (243, 245, 248)

# Each darker than the one before: of no interest, worse, worst.
RAMP = (NEUTRAL, ORANGE, (168, 30, 0))

_NEXT_ROUND = 0.62  # how light a colour stays each time the series begins again


def track_colour(index: int) -> Colour:
    """Return the colour of the track at `index`: those of SERIES, and then darker ones."""
    rounds, place = divmod(index, len(SERIES))
    red, green, blue = (round(value * _NEXT_ROUND ** (rounds % 4)) for value in SERIES[place])
    return red, green, blue


def hex_code(colour: Colour) -> str:
    """Return a colour as CSS and matplotlib write it: #0072b2."""
    return "#{:02x}{:02x}{:02x}".format(*colour)
