"""Detection and segmentation: bounding boxes that follow their images, windows chosen by boxes, masks."""
