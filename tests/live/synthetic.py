"""Synthetic personal data: valid by form and checksum, drawn from a seeded generator, nobody's."""
import random

LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # in the order of their codes, from 10
WEIGHTS = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)


def national_id(rng):
    """One valid 國民身分證統一編號: a letter, 1 or 2, seven digits and the check digit."""
    letter = rng.choice(LETTERS)
    digits = str(LETTERS.index(letter) + 10) + rng.choice("12") + "%07d" % rng.randrange(10**7)
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits))
    return letter + digits[2:] + str(-total % 10)


def is_national_id(text):
    digits = str(LETTERS.index(text[0]) + 10) + text[1:]
    return sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits)) % 10 == 0


def mobile(rng):
    return "09%02d-%03d-%03d" % (rng.randrange(10, 90), rng.randrange(1000), rng.randrange(1000))


def generator(seed):
    return random.Random(seed)


# The specimen number printed in every description of the checksum.
assert is_national_id("A123456789") and not is_national_id("A123456788")
