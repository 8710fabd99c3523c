"""Answers to the exercises of language/finetuning, right and plausibly wrong."""

import numpy as np

IGNORED = -100


def corrected(x, W, A, B, alpha):
    return x @ W.T + alpha / len(A) * (x @ A.T) @ B.T


def corrected_unscaled(x, W, A, B, alpha):
    return x @ W.T + (x @ A.T) @ B.T


def corrected_by_alpha(x, W, A, B, alpha):
    return x @ W.T + alpha * (x @ A.T) @ B.T


def corrected_by_inputs(x, W, A, B, alpha):
    return x @ W.T + alpha / A.shape[1] * (x @ A.T) @ B.T


def corrected_in_place(x, W, A, B, alpha):
    W += alpha / len(A) * B @ A
    return x @ W.T


def largest_rank(shapes, budget):
    return budget // sum(d_out + d_in for d_out, d_in in shapes)


def rank_of_full_layers(shapes, budget):
    return budget // sum(d_out * d_in for d_out, d_in in shapes)


def rank_rounded_up(shapes, budget):
    return -(-budget // sum(d_out + d_in for d_out, d_in in shapes))


def rank_of_one_at_least(shapes, budget):
    return max(1, largest_rank(shapes, budget))


def label(turns):
    ids, labels = [], []
    for role, head, said, end in turns:
        ids += [*head, *said, end]
        spoken = [*said, end] if role == "assistant" else [IGNORED] * (len(said) + 1)
        labels += [IGNORED] * len(head) + spoken
    return ids, labels


def label_everything(turns):
    ids, _ = label(turns)
    return ids, list(ids)


def label_without_end(turns):
    ids, labels = label(turns)
    return ids, [IGNORED if y == 2 else y for y in labels]


def label_with_header(turns):
    ids, labels = [], []
    for role, head, said, end in turns:
        ids += [*head, *said, end]
        labels += [*head, *said, end] if role == "assistant" else [IGNORED] * (len(head) + len(said) + 1)
    return ids, labels


def label_shifted(turns):
    ids, labels = label(turns)
    return ids, [*labels[1:], IGNORED]


def pad_batch(rows, labels, pad):
    longest = max(map(len, rows))
    ids = np.array([row + [pad] * (longest - len(row)) for row in rows])
    marked = np.array([row + [IGNORED] * (longest - len(row)) for row in labels])
    mask = np.array([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
    return ids, marked, mask


def pad_masked_by_id(rows, labels, pad):
    ids, marked, _ = pad_batch(rows, labels, pad)
    return ids, np.where(ids == pad, IGNORED, marked), ids != pad


def pad_labels_by_id(rows, labels, pad):
    ids, marked, mask = pad_batch(rows, labels, pad)
    return ids, np.where(ids == pad, IGNORED, marked), mask


def pad_labeled(rows, labels, pad):
    ids, marked, mask = pad_batch(rows, labels, pad)
    return ids, np.where(mask == 0, pad, marked), mask


def pad_on_the_left(rows, labels, pad):
    ids, marked, mask = (np.asarray(part) for part in pad_batch(rows, labels, pad))
    left = [[np.roll(row, -int(m.sum())) for row, m in zip(part, mask, strict=True)] for part in (ids, marked, mask)]
    return tuple(np.array(part) for part in left)


def pad_masked_by_labels(rows, labels, pad):
    ids, marked, _ = pad_batch(rows, labels, pad)
    return ids, marked, marked != IGNORED


def bits_a_weight(bits, block, group):
    return bits + (8 + 32 / group) / block


def bits_with_plain_scales(bits, block, group):
    return bits + 32 / block


def bits_without_second_scale(bits, block, group):
    return bits + 8 / block


def bits_unshared(bits, block, group):
    return bits + 8 / block + 32 / group


def relative_size(W, A, B, scale):
    return np.linalg.norm(scale * B @ A) / np.linalg.norm(W)


def size_of_factors(W, A, B, scale):
    return scale * np.linalg.norm(A) * np.linalg.norm(B) / np.linalg.norm(W)


def size_unscaled(W, A, B, scale):
    return np.linalg.norm(B @ A) / np.linalg.norm(W)


def size_squared(W, A, B, scale):
    return ((scale * B @ A) ** 2).sum() / (W**2).sum()


RIGHT = {
    "corrected": corrected,
    "largest_rank": largest_rank,
    "label": label,
    "pad_batch": pad_batch,
    "bits_a_weight": bits_a_weight,
    "relative_size": relative_size,
}
WRONG = [
    ("corrected", corrected_unscaled, "not divided and not scaled"),
    ("corrected", corrected_by_alpha, "divide by r"),
    ("corrected", corrected_by_inputs, "its columns are the inputs"),
    ("corrected", corrected_in_place, "changed W itself"),
    ("largest_rank", rank_of_one_at_least, "expected 0"),
    ("largest_rank", rank_of_full_layers, "the numbers of W itself"),
    ("largest_rank", rank_rounded_up, "Round down"),
    ("label", label_everything, "write its users' messages"),
    ("label", label_without_end, "teaches the model to stop"),
    ("label", label_with_header, "the model need not write it"),
    ("label", label_shifted, "the loss does the shifting"),
    ("pad_batch", pad_masked_by_id, "masked the answers' ends"),
    ("pad_batch", pad_labels_by_id, "of the labels:"),
    ("pad_batch", pad_labeled, "it would be paid for"),
    ("pad_batch", pad_on_the_left, "Pad on the right"),
    ("pad_batch", pad_masked_by_labels, "it must be read"),
    ("bits_a_weight", bits_with_plain_scales, "here each has 8"),
    ("bits_a_weight", bits_without_second_scale, "own scale is missing"),
    ("bits_a_weight", bits_unshared, "shared by all weights of its blocks"),
    ("relative_size", size_of_factors, "multiply B and A first"),
    ("relative_size", size_unscaled, "counts for its scale"),
    ("relative_size", size_squared, "Take the root of both"),
]
