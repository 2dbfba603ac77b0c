"""The perceptual hash that DatasetRepairTests expects: SciPy's DCT of a formula's image. Prints it."""

import numpy as np
from scipy.fft import dctn

y, x = np.mgrid[0:32, 0:32].astype(np.float64)
image = ((7 * x + 13 * y + x * y) % 31) / 30
low = dctn(image, type=2)[:8, :8].ravel()
print(sum(1 << i for i, value in enumerate(low) if value > np.median(low)))
