// tus-js-client, as it comes: sends a first piece and says where it goes on, or goes on from there.
//
//     node upload.mjs ENDPOINT TOKEN FILE [PLACE]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

// Found by NODE_PATH, which modules do not look at.
const tus = createRequire(import.meta.url)("tus-js-client");
const [endpoint, token, file, place] = process.argv.slice(2);

const upload = new tus.Upload(readFileSync(file), {
  endpoint,
  uploadUrl: place ?? null,
  chunkSize: 50_000,
  retryDelays: [0, 500, 1000],
  headers: { Authorization: `Bearer ${token}` },
  metadata: { filename: "Tờ khai.jpg", kind: "to-khai" },
  onError(error) {
    console.error(String(error));
    process.exit(1);
  },
  onChunkComplete() {
    if (!place) {
      upload.abort();
      console.log(upload.url);
    }
  },
  onSuccess() {
    console.log(upload.url);
  },
});
upload.start();
