"""Charts as inline SVG, drawn by the server. They need no script and can be printed.

Every chart is a ``figure``: a caption, the picture with a title and a description for people who
cannot see it, and its numbers as a table that can be unfolded. Colours come from the stylesheet, so
the picture follows the light and the dark theme, and a strict content security policy allows it.
"""

from config.backoffice.charts.bars import Bar, bars
from config.backoffice.charts.marks import Part, band, sparkline, split_bar
from config.backoffice.charts.waterfall import Step, waterfall

__all__ = ["Bar", "Part", "Step", "band", "bars", "sparkline", "split_bar", "waterfall"]
