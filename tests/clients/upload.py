"""tuspy, as it comes: sends a first piece and says where it goes on, or goes on from there.

    upload.py ENDPOINT TOKEN FILE [PLACE]
"""

import sys

from tusclient.client import TusClient

endpoint, token, file, *place = sys.argv[1:]
client = TusClient(endpoint, headers={"Authorization": f"Bearer {token}"})
upload = client.uploader(
    file,
    chunk_size=50_000,
    metadata={"filename": "Tờ khai.jpg", "kind": "to-khai"},
    upload_checksum=True,
    url=place[0] if place else None,
)
if place:
    upload.upload()
else:
    upload.upload_chunk()
print(upload.url)
