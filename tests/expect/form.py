"""What an OpenDocument text says, read by Python's own zipfile and XML parser: FILE.odt, FILE.fodt, or a mail with such
files attached. Complains where a package is not as ODF 1.3 part 2 wants it. Prints JSON."""
import email
import email.policy
import hashlib
import io
import json
import pathlib
import sys
import xml.etree.ElementTree as ET
import zipfile

TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}p"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}table"
MEDIA = b"application/vnd.oasis.opendocument.text"


def package(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = archive.infolist()
        assert archive.testzip() is None, "a part does not check"
        first = entries[0]
        assert (first.filename, first.compress_type, first.extra) == ("mimetype", zipfile.ZIP_STORED, b"")
        assert archive.read(first) == MEDIA and data[38:38 + len(MEDIA)] == MEDIA, "mimetype is not at byte 38"
        assert all(entry.date_time == (1980, 1, 1, 0, 0, 0) for entry in entries), "a part bears a date"
        manifest = ET.fromstring(archive.read("META-INF/manifest.xml"))
        listed = {value for node in manifest for name, value in node.items() if name.endswith("full-path")}
        assert listed == {"/"} | {e.filename for e in entries[2:]}, listed
        for entry in entries[1:]:
            ET.fromstring(archive.read(entry))
        return ET.fromstring(archive.read("content.xml"))


def told(data):
    root = package(data) if data.startswith(b"PK") else ET.fromstring(data)
    lines = ["".join(node.itertext()) for node in root.iter(TEXT)]
    return "\n".join(lines), sum(1 for _ in root.iter(TABLE))


def main():
    path = pathlib.Path(sys.argv[1])
    files = {path.name: path.read_bytes()}
    if path.suffix == ".eml":
        mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()
                 if part.get_content_type() == MEDIA.decode()}
    read = [told(data) for data in files.values()]
    print(json.dumps({
        "names": list(files),
        "sha256": [hashlib.sha256(data).hexdigest() for data in files.values()],
        "text": "\n".join(text for text, _ in read),
        "tables": sum(tables for _, tables in read),
    }))


main()
