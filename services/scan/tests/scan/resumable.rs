//! Uploads that break off and go on, by the tus protocol: nothing that came is lost, nothing counts twice, nothing is left over.

use std::{io, time::Duration};

use axum::{
    body::{Body, Bytes},
    http::{Method, Request},
};
use contracts::scan::{ReadDocument, Verdict};
use futures::stream;
use proptest::prelude::*;
use testkit::{Answer, Stage};

use crate::{ANOTHER, ONE, PHOTO, files, stage, upload, verdicts};

const UPLOADS: &str = "/scan/uploads";
/// A week but for its last second.
const ALMOST: Duration = Duration::from_secs(7 * 24 * 3_600 - 1);

/// Somebody whose client speaks the protocol.
struct Client<'a> {
    stage: &'a Stage,
    token: String,
}

impl<'a> Client<'a> {
    fn new(stage: &'a Stage) -> Self {
        let token = stage.citizen(ONE);
        Self { stage, token }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("authorization", format!("Bearer {}", self.token))
            .header("tus-resumable", "1.0.0");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.stage.request(request.body(body.into()).unwrap()).await
    }

    /// Begins an upload; where it goes on.
    async fn begin(&self, length: usize) -> String {
        let length = length.to_string();
        // Tờ khai.jpg, to-khai
        let metadata = "filename VOG7nSBraGFpLmpwZw==,kind dG8ta2hhaQ==";
        let headers = [("upload-length", &*length), ("upload-metadata", metadata)];
        let begun = self.send(Method::POST, UPLOADS, &headers, "").await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        assert_eq!(begun.header("upload-offset"), "0");
        begun.header("location").to_owned()
    }

    async fn patch(&self, place: &str, offset: usize, body: impl Into<Body>) -> Answer {
        self.patch_with(place, offset, &[], body).await
    }

    async fn patch_with(
        &self,
        place: &str,
        offset: usize,
        more: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let offset = offset.to_string();
        let mut headers = vec![
            ("content-type", "application/offset+octet-stream"),
            ("upload-offset", &*offset),
        ];
        headers.extend(more);
        self.send(Method::PATCH, place, &headers, body).await
    }

    /// How far it is, as a client asks after its line broke.
    async fn offset(&self, place: &str) -> usize {
        let stands = self.send(Method::HEAD, place, &[], "").await;
        assert_eq!(stands.status, 200);
        assert_eq!(stands.header("cache-control"), "no-store");
        stands.header("upload-offset").parse().unwrap()
    }
}

/// A body that breaks off after these bytes.
fn breaking(bytes: &'static [u8]) -> Body {
    let pieces = bytes
        .chunks(10_000)
        .map(|piece| Ok(Bytes::from_static(piece)));
    let broken = [Err(io::Error::other("the line broke"))];
    Body::from_stream(stream::iter(pieces.chain(broken).collect::<Vec<_>>()))
}

fn pieces(stage: &Stage) -> usize {
    files(&stage.folder().join("scan/pieces"))
}

#[tokio::test]
async fn a_file_in_pieces_becomes_a_document_and_leaves_nothing_over() {
    let mut stage = stage().await;
    let client = Client::new(&stage);
    let place = client.begin(PHOTO.len()).await;
    let answer = client.patch(&place, 0, &PHOTO[..100_000]).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("upload-offset")),
        (204, "100000")
    );
    assert_eq!(answer.header("motcua-document"), "");
    assert_eq!(answer.header("tus-resumable"), "1.0.0");
    let answer = client.patch(&place, 100_000, &PHOTO[100_000..]).await;
    assert_eq!(answer.status, 204);
    let document = answer.header("motcua-document").to_owned();
    assert_eq!(client.offset(&place).await, PHOTO.len());
    let view = stage.get(&place, Some(&stage.citizen(ONE))).await.json();
    assert_eq!(view["document"], document.as_str());
    assert_eq!(pieces(&stage), 0);
    let path = format!("/scan/documents/{document}");
    let view = stage.get(&path, Some(&stage.citizen(ONE))).await.json();
    assert_eq!(
        (&view["name"], &view["kind"]),
        (&"Tờ khai.jpg".into(), &"to-khai".into())
    );

    stage.settle().await;
    let verdicts = verdicts(&stage).await;
    assert_eq!(verdicts.len(), 1);
    assert_eq!(verdicts[0].verdict, Verdict::Accepted);
    let file = stage
        .get(&format!("{path}/file"), Some(&stage.citizen(ONE)))
        .await;
    assert_eq!(file.body, PHOTO);
}

#[tokio::test]
async fn what_came_before_the_line_broke_counts() {
    let stage = stage().await;
    let client = Client::new(&stage);
    let place = client.begin(PHOTO.len()).await;
    let answer = client.patch(&place, 0, breaking(&PHOTO[..60_000])).await;
    assert_eq!(answer.status, 400);
    assert_eq!(client.offset(&place).await, 60_000);
    let answer = client.patch(&place, 60_000, &PHOTO[60_000..]).await;
    assert_eq!(answer.status, 204);
    assert!(!answer.header("motcua-document").is_empty());
}

#[tokio::test]
async fn the_first_piece_may_come_with_the_beginning_and_the_same_bytes_are_one_document() {
    let stage = stage().await;
    let earlier = upload(&stage, "a.jpg", PHOTO).await.json();
    let client = Client::new(&stage);
    let length = PHOTO.len().to_string();
    let headers = [
        ("upload-length", &*length),
        ("content-type", "application/offset+octet-stream"),
    ];
    let answer = client.send(Method::POST, UPLOADS, &headers, PHOTO).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    assert_eq!(answer.header("upload-offset"), length);
    assert_eq!(
        answer.header("motcua-document"),
        earlier["id"].as_str().unwrap()
    );
    assert_eq!(stage.said::<ReadDocument>("scan").await.len(), 1);
    assert_eq!(pieces(&stage), 0);
}

#[tokio::test]
async fn what_is_no_paper_is_refused_as_soon_as_it_can_be_told_and_goes() {
    let stage = stage().await;
    let client = Client::new(&stage);
    let place = client.begin(1_000_000).await;
    for (offset, byte) in (0..4000).step_by(1000).zip(*b"MZ  ") {
        let answer = client.patch(&place, offset, vec![byte; 1000]).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
    let answer = client.patch(&place, 4000, vec![0; 1000]).await;
    assert_eq!(answer.status, 415);
    assert_eq!(answer.json()["errors"][0]["field"], "file");
    let gone = client.send(Method::HEAD, &place, &[], "").await;
    assert_eq!(gone.status, 404);
    assert_eq!(pieces(&stage), 0);
}

#[tokio::test]
async fn a_piece_damaged_on_the_way_counts_for_nothing() {
    let stage = stage().await;
    let client = Client::new(&stage);
    let place = client.begin(PHOTO.len()).await;
    // Of "hello world".
    let wrong = [("upload-checksum", "sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=")];
    let answer = client.patch_with(&place, 0, &wrong, PHOTO).await;
    assert_eq!(answer.status, 460);
    let answer = client.patch_with(&place, 0, &wrong, breaking(PHOTO)).await;
    assert_eq!(answer.status, 400);
    assert_eq!((client.offset(&place).await, pieces(&stage)), (0, 0));
    let right = [(
        "upload-checksum",
        "sha256 A6H9tSiN6zyJFYLji2xuYx/qyEYlqEvcB+OxYPt7JWIA=",
    )];
    let answer = client.patch_with(&place, 0, &right, PHOTO).await;
    assert_eq!(answer.status, 400, "33 bytes are no SHA-256");
}

#[tokio::test]
async fn of_two_who_go_on_at_the_same_place_one_does() {
    let stage = stage().await;
    let client = Client::new(&stage);
    let place = client.begin(PHOTO.len()).await;
    client.patch(&place, 0, &PHOTO[..50_000]).await;
    let (one, other) = tokio::join!(
        client.patch(&place, 50_000, &PHOTO[50_000..]),
        client.patch(&place, 50_000, &PHOTO[50_000..]),
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert!(
        statuses == [204, 204] || statuses == [204, 409] || statuses == [204, 503],
        "{statuses:?}"
    );
    assert_eq!(client.offset(&place).await, PHOTO.len());
    assert_eq!(stage.said::<ReadDocument>("scan").await.len(), 1);
}

#[tokio::test]
async fn what_breaks_the_protocol_is_refused_with_its_reason() {
    let stage = stage().await;
    let client = Client::new(&stage);
    let place = client.begin(10_000).await;
    let told = |answer: &Answer| {
        (
            answer.status.as_u16(),
            answer.header("tus-version").to_owned(),
        )
    };
    let spoken = "1.0.0".to_owned();

    let request = Request::patch(&place)
        .header("authorization", format!("Bearer {}", stage.citizen(ONE)))
        .header("tus-resumable", "0.2.2");
    let old = stage.request(request.body(Body::empty()).unwrap()).await;
    assert_eq!(told(&old), (412, spoken.clone()));
    let early = client.patch(&place, 5, "x").await;
    assert_eq!(told(&early), (409, spoken));
    let more = client.patch(&place, 0, vec![b'x'; 10_001]).await;
    assert_eq!(more.status, 413);
    let headers = [("upload-offset", "0"), ("content-type", "image/jpeg")];
    let kind = client.send(Method::PATCH, &place, &headers, "x").await;
    assert_eq!(kind.status, 415);
    for (name, value, status) in [
        ("upload-length", "0", 400),
        ("upload-length", "-1", 400),
        ("upload-length", "99999999999", 413),
        ("upload-defer-length", "1", 400),
        ("upload-metadata", "kind dOG7nSBraGFp", 422),
    ] {
        let answer = client
            .send(Method::POST, UPLOADS, &[(name, value)], "")
            .await;
        assert_eq!(answer.status, status, "{name}: {value}");
    }
    let others = Client {
        token: stage.citizen(ANOTHER),
        stage: &stage,
    };
    let theirs = others.send(Method::HEAD, &place, &[], "").await;
    assert_eq!(theirs.status, 404);
    assert_eq!(client.offset(&place).await, 0);
}

#[tokio::test]
async fn a_client_learns_what_is_spoken_and_may_use_post_for_everything() {
    let stage = stage().await;
    let client = Client::new(&stage);
    let spoken = client.send(Method::OPTIONS, UPLOADS, &[], "").await;
    assert_eq!(spoken.status, 204);
    assert_eq!(
        spoken.header("tus-extension"),
        "creation,creation-with-upload,checksum,termination,expiration"
    );
    assert_eq!(
        spoken.header("tus-max-size"),
        (50 * 1024 * 1024).to_string()
    );
    let place = client.begin(PHOTO.len()).await;
    let headers = [
        ("x-http-method-override", "PATCH"),
        ("upload-offset", "0"),
        ("content-type", "application/offset+octet-stream"),
    ];
    let answer = client
        .send(Method::POST, &place, &headers, &PHOTO[..5000])
        .await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("upload-offset")),
        (204, "5000")
    );
    let headers = [("x-http-method-override", "DELETE")];
    let ended = client.send(Method::POST, &place, &headers, "").await;
    assert_eq!(ended.status, 204);
    assert_eq!(pieces(&stage), 0);
}

#[tokio::test]
async fn an_upload_that_nobody_ends_expires() {
    let mut stage = stage().await;
    let place = {
        let client = Client::new(&stage);
        let place = client.begin(PHOTO.len()).await;
        client.patch(&place, 0, &PHOTO[..50_000]).await;
        place
    };
    assert_eq!(pieces(&stage), 1);
    stage.advance(ALMOST).await;
    assert_eq!(Client::new(&stage).offset(&place).await, 50_000);
    stage.advance(Duration::from_secs(1)).await;
    let gone = Client::new(&stage).patch(&place, 50_000, "x").await;
    assert_eq!(gone.status, 404);
    assert_eq!(pieces(&stage), 0);
}

#[tokio::test]
async fn nobody_fills_the_store_for_all() {
    let limits = [
        ("SCAN__PERSON_MEGABYTES", "1"),
        ("SCAN__PERSON_UPLOADS", "2"),
    ];
    let stage = Stage::configured(vec![scan::service()], &limits).await;
    let client = Client::new(&stage);
    let asked = async |length: &str| {
        let headers = [("upload-length", length)];
        let begun = client.send(Method::POST, UPLOADS, &headers, "").await;
        begun.status.as_u16()
    };
    assert_eq!(upload(&stage, "a.jpg", PHOTO).await.status, 201);
    assert_eq!(asked("800000").await, 413, "with what is stored");
    assert_eq!(asked("600000").await, 201);
    assert_eq!(asked("600000").await, 413, "with what is promised");
    assert_eq!(asked("1000").await, 201);
    assert_eq!(asked("1000").await, 429, "a third at once");
    let whole = upload(&stage, "b.jpg", &[PHOTO, PHOTO].concat()).await;
    assert_eq!(whole.status, 413, "nor in one go");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// However a file is cut, and wherever the line breaks, the document is the file.
    #[test]
    fn any_pieces_make_the_same_file(cuts in prop::collection::vec((1usize..120_000, any::<bool>()), 1..8)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let stage = stage().await;
            let client = Client::new(&stage);
            let place = client.begin(PHOTO.len()).await;
            let mut at = 0;
            for (bytes, breaks) in cuts {
                let end = (at + bytes).min(PHOTO.len());
                let body = if breaks { breaking(&PHOTO[at..end]) } else { PHOTO[at..end].into() };
                client.patch(&place, at, body).await;
                at = client.offset(&place).await;
                prop_assert_eq!(at, end);
            }
            if at < PHOTO.len() {
                client.patch(&place, at, &PHOTO[at..]).await;
            }
            let documents = stage.get("/scan/documents", Some(&stage.citizen(ONE))).await.json();
            prop_assert_eq!(documents.as_array().map(Vec::len), Some(1));
            prop_assert_eq!(&documents[0]["sha256"], "03a1fdb5288deb3c891582e38b6e6c631fea84625a8cbdc07e3160b7fb265620");
            prop_assert_eq!(pieces(&stage), 0);
            Ok(())
        })?;
    }
}
