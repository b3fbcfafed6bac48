"""PDF and DOCX files that tests make: sound ones, encrypted ones, bombs."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import docx


def pdf(*pages: list[str], title: str = "") -> bytes:
    """A PDF of lines in Helvetica, with the table of objects that the format wants."""
    kids = " ".join(f"{4 + 2 * i} 0 R" for i in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for i, lines in enumerate(pages):
        shown = " ".join(f"({line}) Tj 0 -14 Td" for line in lines)
        stream = f"BT /F1 11 Tf 50 750 Td {shown} ET"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {5 + 2 * i} 0 R "
            "/Resources << /Font << /F1 3 0 R >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects.append(f"<< /Title ({title}) >>")
    out, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{o:010} 00000 n \n" for o in offsets)
    trailer = f"trailer << /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>"
    return (
        f"{out}xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}{trailer}\nstartxref\n{len(out)}\n%%EOF".encode()
    )


def pdf_bomb(size: int, unit: bytes = b"q ") -> bytes:
    """A PDF with a page whose content unpacks to so many bytes: a sentence, and a unit that is repeated."""
    body = b"BT /F1 11 Tf 50 750 Td (Konrad Zuse built the Z3.) Tj ET\n" + unit * (size // len(unit))
    packed = zlib.compress(body, 9)
    plain = pdf([""])
    begin = plain.index(b"<< /Length")
    end = plain.index(b"endstream", begin)
    head = b"<< /Filter /FlateDecode /Length %d >>\nstream\n" % len(packed)
    return plain[:begin] + head + packed + b"\n" + plain[end:]


def locked(data: bytes) -> bytes:
    """The PDF, encrypted with a password that nobody has: its hashes are those of no password at all."""
    how = "/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <{0}> /U <{0}> >> /ID [<00> <00>]".format("11" * 32)
    return data.replace(b"/Root 1 0 R", f"/Root 1 0 R {how}".encode())


def word() -> bytes:
    """A Word document with a heading, paragraphs and a table."""
    made = docx.Document()
    made.add_heading("The Z3", 1)
    made.add_paragraph("Konrad Zuse built the Z3.")
    table = made.add_table(rows=2, cols=2)
    for cell, text in zip(table.rows[0].cells, ("Name", "Year"), strict=True):
        cell.text = text
    table.rows[1].cells[0].merge(table.rows[1].cells[1]).text = "Both"
    made.add_paragraph("It was destroyed.")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def bomb(size: int, packed: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A Word document with a part of so many spaces."""
    out = io.BytesIO(word())
    with zipfile.ZipFile(out, "a", packed) as archive:
        archive.writestr("word/more.xml", b" " * size)
    return out.getvalue()


def lying_bomb(size: int, declared: int) -> bytes:
    """The same with headers that declare a part of so many spaces only, and the checksum of these."""
    data = bomb(size)
    true, false = (struct.pack("<L", zlib.crc32(b" " * n)) for n in (size, declared))
    at = data.rindex(true)  # in the directory: checksum, packed size, size
    sizes = data[at + 4 : at + 8] + struct.pack("<L", size)
    assert data.count(true + sizes) == 2  # the part's own header, and the directory
    return data.replace(true + sizes, false + sizes[:4] + struct.pack("<L", declared))
