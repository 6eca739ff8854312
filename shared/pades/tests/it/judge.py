"""What pyHanko says of signed documents.

    judge.py ANCHOR.pem MOMENT FILE…

A line for each file: its name, a tab, and "valid" or what is wrong. A document is valid when it has a signature, each one
of them is intact and trusted, and nothing was added after any of them that it does not allow. Behind "valid" stands, for
each signature, its field and what it is: B-B, B-T or B-LT.
"""

import sys
from datetime import datetime

from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
from pyhanko_certvalidator import ValidationContext


def level(reader, signature, status, anchor, moment):
    """Which of PAdES's levels it reaches; checked as such."""
    if status.timestamp_validity is None:
        return "B-B"
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return "B-T"
    # Nothing is fetched, and no certificate is believed of which the document does not say that it was not taken back.
    context = store.as_validation_context(
        {"trust_roots": [anchor], "allow_fetching": False, "revocation_mode": "require", "moment": moment}
    )
    status = validate_pdf_signature(signature, context, ts_validation_context=context)
    if not status.bottom_line:
        raise ValueError("not checkable in the long term: " + status.summary())
    return "B-LT"


def judge(path, anchor, moment):
    with open(path, "rb") as file:
        reader = PdfFileReader(file)
        signatures = reader.embedded_signatures
        if not signatures:
            return "no signature"
        found = []
        for signature in signatures:
            context = ValidationContext(trust_roots=[anchor], allow_fetching=False, moment=moment)
            status = validate_pdf_signature(signature, context, ts_validation_context=context)
            if not status.bottom_line:
                return f"{signature.field_name}: {status.summary()}"
            if signature.sig_object["/SubFilter"] != "/ETSI.CAdES.detached":
                return f"{signature.field_name}: not PAdES"
            found.append(f"{signature.field_name} {level(reader, signature, status, anchor, moment)}")
        return "valid: " + ", ".join(found)


def main():
    anchor = load_cert_from_pemder(sys.argv[1])
    moment = datetime.fromisoformat(sys.argv[2])
    for path in sys.argv[3:]:
        try:
            verdict = judge(path, anchor, moment)
        except Exception as error:  # whatever it stumbles over makes a document invalid
            verdict = f"{type(error).__name__}: {error}".replace("\n", " ")
        print(path, verdict, sep="\t", flush=True)


main()
