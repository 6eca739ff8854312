"""Catches mail instead of delivering it, so that a test or a person can see what citizens would have been told.

SMTP on 1025 into a Maildir under /mail. HTTP on 8025: GET / (for people), GET /messages (JSON), GET /messages/{id} (as it
came), DELETE /messages, GET /health.
"""

import email
import email.policy
import html
import json
import mailbox
import signal
import sys
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Mailbox

MAIL = "/mail/box"


def messages():
    """Every mail that came, oldest first."""
    box = mailbox.Maildir(MAIL, create=True, factory=lambda f: email.message_from_binary_file(f, policy=email.policy.default))
    return sorted(box.iteritems(), key=lambda entry: entry[0])


def summary(key, mail):
    body = mail.get_body(preferencelist=("plain", "html"))
    return {
        "id": key,
        "from": mail["From"],
        "to": mail["X-RcptTo"] or mail["To"],
        "subject": mail["Subject"],
        "date": mail["Date"],
        "text": body.get_content() if body else "",
        "attachments": [part.get_filename() for part in mail.iter_attachments()],
    }


def page(rows):
    cell = lambda row, name: html.escape(str(row[name] or ""))
    lines = (f"<li><a href='/messages/{cell(r, 'id')}'>{cell(r, 'subject')}</a> → {cell(r, 'to')}<pre>{cell(r, 'text')}</pre>" for r in rows)
    return f"<!doctype html><meta charset=utf-8><title>Mail</title><h1>Mail: {len(rows)}</h1><ol reversed>{''.join(lines)}</ol>"


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/health":
            return self.answer("text/plain", "ok")
        found = messages()
        if self.path == "/messages":
            return self.answer("application/json", json.dumps([summary(*entry) for entry in found], ensure_ascii=False, default=str))
        if self.path == "/":
            return self.answer("text/html", page([summary(*entry) for entry in reversed(found)]))
        wanted = dict(found).get(self.path.removeprefix("/messages/"))
        if wanted is None:
            return self.send_error(404)
        self.answer("message/rfc822", wanted.as_string())

    def do_DELETE(self):
        if self.path != "/messages":
            return self.send_error(404)
        mailbox.Maildir(MAIL, create=True).clear()
        self.answer("text/plain", "gone")

    def answer(self, kind, text):
        body = text.encode()
        self.send_response(200)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


if sys.argv[1:] == ["healthcheck"]:
    urllib.request.urlopen("http://127.0.0.1:8025/health", timeout=2)
else:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    mailbox.Maildir(MAIL, create=True)
    Controller(Mailbox(MAIL), hostname="0.0.0.0", port=1025).start()
    print("catching mail on 1025, showing it on 8025")
    ThreadingHTTPServer(("0.0.0.0", 8025), Pages).serve_forever()
