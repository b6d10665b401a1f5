import numpy as np
from scipy.optimize import curve_fit


def slowness(epochs, accuracy, highest=None):
    """How many epochs a curve of accuracies needs to get half way up.

        accuracy(t) ≈ highest · t / (slowness + t)

    The curve starts at 0, is half way up at t = slowness, and comes ever closer to ``highest``. The fit
    is the one with the least sum of squared differences.

    Parameters
    ----------
    epochs, accuracy : arrays of shape (measurements,), at least two of them
    highest : float, optional
        Where the curve ends. If it is given, the slowness alone is fitted; if not, both are.

    Returns
    -------
    (slowness, highest), two floats

    Source: Dellaferrera and Kreiman 2022, appendix C.
    """

    def curve(t, slowness, highest):
        return highest * t / (slowness + t)

    guess = np.median(epochs), np.max(accuracy)
    ### BEGIN SOLUTION
    if highest is None:
        return tuple(curve_fit(curve, epochs, accuracy, guess)[0])
    (half,), _ = curve_fit(lambda t, half: curve(t, half, highest), epochs, accuracy, guess[:1])
    return half, highest
    ### END SOLUTION
