"""Warps of images, transforms of coordinates, pasting and erasing."""
