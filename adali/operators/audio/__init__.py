"""Operators on sound: decoding, resampling, spectra and what is made of them."""
