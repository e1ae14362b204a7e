"""Colour of images: brightness and contrast, hue and saturation, colour spaces."""
