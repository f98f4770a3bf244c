"""What the error-runtime bound asks of softmax regression (logreg_b4.mlir), from the data: losses, curvatures and noise.

F is the loss over all rows, the penalty included. Its lowest value is found by Newton's method. A curvature L is the largest
eigenvalue of F's Hessian at a point, by power iteration; there is none larger than half of that of the mean of x x' (x with a 1 for
the bias), plus the penalty's. The noise sigma^2 is the variance of the gradient of one batch of B rows drawn at random, summed
over all coordinates: that of one row's, over B. Needs NumPy, and a file in idx format.
"""

import gzip
import pathlib

CLASSES = 10
PENALTY = 0.0005  # times |w|^2, without the bias


def read_idx(path):
    import numpy

    raw = pathlib.Path(path).read_bytes()
    raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    if raw[:3] != b"\0\0\x08":
        raise LookupError(f"{path} is not a file of bytes in idx format")
    shape = numpy.frombuffer(raw, ">u4", raw[3], 4)
    return numpy.frombuffer(raw, numpy.uint8, offset=4 + 4 * raw[3]).reshape(shape)


class SoftmaxRegression:
    """The loss over `rows` rows as a function of w, (features + 1) x classes, whose last row is the bias."""

    def __init__(self, images, labels, rows):
        try:
            import numpy
        except ImportError:
            raise LookupError("skipped: no NumPy in this Python (pip install numpy)") from None
        self.numpy = numpy
        pixels, label = read_idx(images)[:rows], read_idx(labels)[:rows]
        self.x = numpy.ones((len(label), pixels[0].size + 1))
        self.x[:, :-1] = pixels.reshape(len(label), -1) / 255.0
        self.own = numpy.eye(CLASSES)[label]
        self.decay = numpy.full((self.x.shape[1], 1), 2 * PENALTY)
        self.decay[-1] = 0
        self.start = numpy.zeros((self.x.shape[1], CLASSES))

    def _probabilities(self, w):
        z = self.x @ w
        z -= z.max(axis=1, keepdims=True)
        e = self.numpy.exp(z)
        return z, e, e / e.sum(axis=1, keepdims=True)

    def loss(self, w):
        z, e, _ = self._probabilities(w)
        return float((self.numpy.log(e.sum(axis=1)) - (z * self.own).sum(axis=1)).mean() + 0.5 * (self.decay * w * w).sum())

    def _gradient_and_hessian(self, w):
        """The gradient, and a function that multiplies the Hessian by a vector."""
        _, _, p = self._probabilities(w)

        def multiply(v):
            a = p * (self.x @ v)
            return self.x.T @ (a - p * a.sum(axis=1, keepdims=True)) / len(p) + self.decay * v

        return self.x.T @ (p - self.own) / len(p) + self.decay * w, multiply

    def minimum(self):
        """Where the gradient's norm is below 1e-6."""
        w = self.start
        for _ in range(50):
            gradient, multiply = self._gradient_and_hessian(w)
            norm = self.numpy.linalg.norm(gradient)
            if norm < 1e-6:
                return w
            step = self._solve(multiply, -gradient, min(0.1, norm ** 0.5) * norm)
            size, slope, here = 1.0, (gradient * step).sum(), self.loss(w)
            while self.loss(w + size * step) > here + 1e-4 * size * slope and size > 1e-6:
                size /= 2
            w = w + size * step
        raise LookupError(f"Newton's method has not converged: the gradient's norm is {norm:.2g}")

    def _solve(self, multiply, right, enough):
        """Conjugate gradients until the residual's norm is at most `enough`."""
        x, r = self.numpy.zeros_like(right), right.copy()
        p, square = r.copy(), (r * r).sum()
        for _ in range(1000):
            if square ** 0.5 <= enough:
                break
            product = multiply(p)
            length = square / (p * product).sum()
            x += length * p
            r -= length * product
            before, square = square, (r * r).sum()
            p = r + square / before * p
        return x

    def curvature(self, w):
        _, multiply = self._gradient_and_hessian(w)
        v = self.numpy.random.default_rng(0).standard_normal(w.shape)
        largest = 0.0
        for _ in range(300):
            v /= self.numpy.linalg.norm(v)
            product = multiply(v)
            before, largest = largest, float((v * product).sum())
            if abs(largest - before) <= 1e-6 * largest:
                break
            v = product
        return largest

    def curvature_bound(self):
        return 0.5 * float(self.numpy.linalg.eigvalsh(self.x.T @ self.x / len(self.x))[-1]) + 2 * PENALTY

    def noise(self, w, batch):
        _, _, p = self._probabilities(w)
        error = p - self.own
        mean = self.x.T @ error / len(p)
        of_row = ((error ** 2).sum(axis=1) * (self.x ** 2).sum(axis=1)).mean() - (mean ** 2).sum()
        return float(of_row) / batch


def optimal_period(drop, exchange, rate, curvature, noise, seconds):
    """sqrt(2 (F(x1) - F_inf) D / (lr^3 L^2 sigma^2 T)), D and T in the same unit: where Wang and Joshi's bound is least."""
    return (2 * drop * exchange / (rate ** 3 * curvature ** 2 * noise * seconds)) ** 0.5
