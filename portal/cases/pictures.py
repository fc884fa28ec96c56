"""What somebody sends as a picture or a PDF: told by its content, made anew, or refused.

A picture is drawn again and stored as a JPEG of what was seen: no place, no name of a phone,
nothing hidden behind it. A PDF cannot be drawn again here; one that can act, or holds files, is
refused, and it is only ever handed out as a download.
"""

import re
import warnings
from dataclasses import dataclass
from enum import StrEnum
from io import BytesIO
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

MOST_BYTES: Final = 10 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
"""A phone's 12 to 24 megapixels and more; a small file that unfolds to gigabytes is refused."""

_LONGEST_SIDE: Final = 2400  # an insurance card is read well at half of it
_QUALITY: Final = 82
_WHITE: Final = (255, 255, 255)
_FORMATS: Final = ("JPEG", "PNG")
_JPEG, _PNG, _PDF = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"%PDF-"
_PDF_TAIL: Final = 2048
_ACTS: Final = re.compile(
    rb"/(JavaScript|JS|Launch|EmbeddedFiles?|RichMedia|XFA|SubmitForm|ImportData|Encrypt)\b"
)
_ESCAPED_NAME: Final = re.compile(rb"#([0-9A-Fa-f]{2})")


class FileTrouble(StrEnum):
    """Why a file is refused; each has its sentence on the page."""

    EMPTY = "empty"
    TOO_LARGE = "too_large"
    WRONG_KIND = "wrong_kind"
    UNREADABLE = "unreadable"
    TOO_MANY_PIXELS = "too_many_pixels"
    ACTIVE_PDF = "active_pdf"
    TOO_MANY = "too_many"


class FileRefusedError(ValueError):
    """It is not kept."""

    def __init__(self, trouble: FileTrouble) -> None:
        super().__init__(trouble.value)
        self.trouble = trouble


@dataclass(frozen=True, slots=True)
class CleanFile:
    """What is kept."""

    media_type: str
    content: bytes


def clean_file(content: bytes) -> CleanFile:
    """Name and stated type are not looked at. Raises FileRefusedError."""
    if not content:
        raise FileRefusedError(FileTrouble.EMPTY)
    if len(content) > MOST_BYTES:
        raise FileRefusedError(FileTrouble.TOO_LARGE)
    if content.startswith((_JPEG, _PNG)):
        return CleanFile("image/jpeg", _drawn_again(content))
    if content.startswith(_PDF):
        _require_passive(content)
        return CleanFile("application/pdf", content)
    raise FileRefusedError(FileTrouble.WRONG_KIND)


def _drawn_again(content: bytes) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(BytesIO(content), formats=_FORMATS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise FileRefusedError(FileTrouble.TOO_MANY_PIXELS)
                return _as_jpeg(picture)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise FileRefusedError(FileTrouble.TOO_MANY_PIXELS) from error
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
            if isinstance(error, FileRefusedError):
                raise
            raise FileRefusedError(FileTrouble.UNREADABLE) from error


def _as_jpeg(picture: Image.Image) -> bytes:
    picture.draft("RGB", (_LONGEST_SIDE, _LONGEST_SIDE))  # a JPEG need not be unfolded whole
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((_LONGEST_SIDE, _LONGEST_SIDE))
    seen = upright.convert("RGBA")
    on_white = Image.new("RGB", seen.size, _WHITE)
    on_white.paste(seen, mask=seen.getchannel("A"))
    made = BytesIO()
    on_white.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()


def _require_passive(content: bytes) -> None:
    """Names may be written with escapes (ISO 32000-2, 7.3.5); compressed objects are not opened."""
    if b"%%EOF" not in content[-_PDF_TAIL:]:
        raise FileRefusedError(FileTrouble.UNREADABLE)
    plain = _ESCAPED_NAME.sub(lambda found: bytes([int(found.group(1), 16)]), content)
    if _ACTS.search(content) or _ACTS.search(plain):
        raise FileRefusedError(FileTrouble.ACTIVE_PDF)
