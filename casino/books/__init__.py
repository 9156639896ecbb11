"""Books: casinos in schemas of their own. Makes them, moves them and looks into all of them."""
