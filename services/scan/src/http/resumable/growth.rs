//! A piece of an upload as it streams in: what has come is safe bit by bit, so that only the last bit is lost on a bad line.

use axum::body::{Body, BodyDataStream};
use bytes::{Bytes, BytesMut};
use chassis::{App, Failure, Tx, http::Problem};
use contracts::{DocumentId, scan::ReadDocument};
use files::{Files, Gather, PART};
use futures::{StreamExt, TryStreamExt};
use sha2::digest::DynDigest;
use tokio::time::timeout;

use super::{Protocol, refuse};
use crate::{
    config::Config,
    domain::{FileName, HEAD, MediaType, Refusal, media_of, tus::Checksum},
    http::upload::{refused, store_failed},
    store::{
        self, Upload, quota,
        uploads::{self, Coming, Piece},
    },
};

/// An upload that grows.
pub struct Growth {
    app: App,
    coming: Coming,
    /// What came and is not kept yet.
    part: Gather,
    /// What must hold before any of this piece counts.
    checksum: Option<(Checksum, Box<dyn DynDigest + Send + Sync>)>,
    /// Pieces that are safe and do not count yet.
    waiting: Vec<Piece>,
}

impl Growth {
    /// Goes on with an upload. With a checksum, nothing counts before all of it has come and holds.
    pub fn new(app: App, coming: Coming, checksum: Option<Checksum>) -> Self {
        Self {
            app,
            coming,
            part: Gather::parts_of(PART),
            checksum: checksum.map(|checksum| {
                let hasher = checksum.hasher();
                (checksum, hasher)
            }),
            waiting: Vec::new(),
        }
    }

    /// Takes what the body brings; the upload as it stands afterwards.
    ///
    /// What came before the line broke counts, unless there is a checksum.
    pub async fn take(mut self, body: Body) -> Result<Coming, Problem> {
        let time = self.app.config::<Config>().upload_time();
        let taken = timeout(time, self.stream(body.into_data_stream())).await;
        let whole = match taken {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Broken::Line)) => Err(broken_off()),
            Ok(Err(Broken::Refused(problem))) => {
                self.drop_waiting().await;
                return Err(problem);
            }
            Err(_) => Err(too_slow()),
        };
        if whole.is_err() && self.checksum.is_some() {
            self.drop_waiting().await;
            return whole.map(|()| self.coming);
        }
        if let Some((checksum, hasher)) = self.checksum.take()
            && !checksum.holds(hasher)
        {
            self.drop_waiting().await;
            return Err(Protocol::ChecksumMismatch.into());
        }
        if let Err(problem) = self.keep_part().await {
            self.drop_waiting().await;
            return Err(problem);
        }
        self.count().await?;
        whole.map(|()| self.coming)
    }

    async fn stream(&mut self, mut body: BodyDataStream) -> Result<(), Broken> {
        while let Some(bytes) = body.next().await {
            let bytes = bytes.map_err(|_| Broken::Line)?;
            if self.at() + (self.part.len() + bytes.len()) as u64 > self.coming.length {
                return Err(Protocol::TooMuch.into());
            }
            if let Some((_, hasher)) = &mut self.checksum {
                hasher.update(&bytes);
            }
            // The last part waits for the checksum, and for what else must hold at the end.
            let mut bytes = bytes;
            while !bytes.is_empty() {
                let Some(part) = self.part.take(&mut bytes) else {
                    continue;
                };
                self.keep(part).await?;
                if self.checksum.is_none() {
                    self.count().await?;
                }
            }
        }
        Ok(())
    }

    /// Bytes that are safe, whether they count or not.
    fn at(&self) -> u64 {
        let waiting = self.waiting.last();
        waiting.map_or(self.coming.received, |piece| piece.begins + piece.bytes)
    }

    async fn keep_part(&mut self) -> Result<(), Problem> {
        let part = self.part.rest();
        if part.is_empty() {
            return Ok(());
        }
        self.keep(part).await
    }

    /// Keeps bytes under a name of their own. The first ones tell what kind of file it is.
    async fn keep(&mut self, bytes: Bytes) -> Result<(), Problem> {
        let piece = Piece {
            begins: self.at(),
            bytes: bytes.len() as u64,
            name: self.app.clock().new_id(),
        };
        if self.coming.media_type.is_none() {
            match self.tell(&bytes).await? {
                Ok(media_type) => self.coming.media_type = media_type,
                Err(refusal) => {
                    super::end_upload(&self.app, self.coming.id).await?;
                    return Err(refused(&refusal));
                }
            }
        }
        let files = self.app.part::<Files>();
        let kept = files.put_piece(self.coming.id, piece.name, bytes).await;
        kept.map_err(store_failed)?;
        self.waiting.push(piece);
        Ok(())
    }

    /// What kind of file it is, once its beginning is there.
    async fn tell(&self, bytes: &Bytes) -> Result<Result<Option<MediaType>, Refusal>, Failure> {
        let files = self.app.part::<Files>();
        let mut names = self.counted().await?;
        names.extend(self.waiting.iter().map(|piece| piece.name));
        let mut head = BytesMut::new();
        let mut before = std::pin::pin!(files.pieces(self.coming.id, names));
        while head.len() < HEAD
            && let Some(earlier) = before.try_next().await.map_err(Failure::retry)?
        {
            head.extend_from_slice(&earlier);
        }
        head.extend_from_slice(bytes);
        head.truncate(HEAD);
        let whole = self.at() + bytes.len() as u64 == self.coming.length;
        if head.len() < HEAD && !whole {
            return Ok(Ok(None));
        }
        let allowed = super::allowed(&self.app, &self.coming.metadata);
        Ok(media_of(&head).and_then(|media_type| {
            allowed.take_media(media_type)?;
            Ok(Some(media_type))
        }))
    }

    async fn counted(&self) -> Result<Vec<uuid::Uuid>, Failure> {
        let pieces = uploads::pieces(self.app.db().reads(), self.coming.id).await?;
        Ok(pieces.into_iter().map(|piece| piece.name).collect())
    }

    /// Makes what is safe count; the last of it makes the document.
    async fn count(&mut self) -> Result<(), Problem> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let whole = self.at() == self.coming.length;
        let counted = if whole {
            self.complete().await
        } else {
            self.grow().await.map_err(Problem::from)
        };
        match counted {
            Ok(true) => {
                self.coming.received = self.at();
                self.waiting.clear();
                if whole {
                    super::remove_pieces(&self.app, self.coming.id).await;
                }
                Ok(())
            }
            Ok(false) => {
                self.drop_waiting().await;
                Err(Protocol::WrongOffset.into())
            }
            Err(problem) => {
                self.drop_waiting().await;
                Err(problem)
            }
        }
    }

    async fn grow(&self) -> Result<bool, Failure> {
        let (coming, pieces) = (&self.coming, &self.waiting);
        let grow = async |tx: Tx| {
            let (from, kind) = (coming.received, coming.media_type);
            Ok(uploads::grow(tx.db(), coming.id, from, pieces, kind).await?)
        };
        self.app.transact(grow).await
    }

    /// The file is kept first; that it is a document and that the upload has ended is one commit. Where that fails, the
    /// upload stands before its last piece.
    async fn complete(&mut self) -> Result<bool, Problem> {
        let coming = &self.coming;
        let (id, from) = (coming.id, coming.received);
        let media_type = coming
            .media_type
            .ok_or_else(|| Failure::park("a whole file tells its kind"))?;
        let mut names = self.counted().await?;
        names.extend(self.waiting.iter().map(|piece| piece.name));
        let files = self.app.part::<Files>();
        let ticket = self.app.clock().new_id();
        let whole = match files.assemble(ticket, id, names).await {
            Ok(whole) => whole,
            // Its pieces go when the upload ends: by another who went on from the same place and was first.
            Err(files::Error::Store(_)) if !self.is_where_it_was().await? => return Ok(false),
            Err(error) => return Err(store_failed(error)),
        };
        let file = whole.keep().await;
        let file = file.map_err(store_failed)?;
        let upload = Upload {
            owner: coming.owner,
            kind: coming.metadata.kind.clone(),
            name: FileName::of(coming.metadata.name.as_deref(), media_type),
            file,
            media_type,
        };
        if upload.file.bytes != coming.length {
            return Err(Failure::too_early("its pieces are being counted by others").into());
        }
        let (pieces, claim) = (&self.waiting, coming.metadata.claim());
        let complete = async |tx: Tx| {
            if !uploads::grow(tx.db(), id, from, pieces, Some(media_type)).await? {
                return Ok(None);
            }
            let (document, is_new) =
                store::add(tx.db(), tx.new_id().into(), &upload, tx.now()).await?;
            uploads::become_document(tx.db(), id, document.id).await?;
            if let Some(claim) = &claim {
                quota::claim(tx.db(), upload.owner, claim, document.id, tx.now()).await?;
            }
            if is_new {
                tx.say(&ReadDocument {
                    document: document.id,
                });
            }
            Ok(Some(document.id))
        };
        let document: Option<DocumentId> = self.app.transact(complete).await?;
        self.coming.document = document;
        Ok(document.is_some())
    }

    /// Whether nobody else has moved the upload on, or ended it.
    async fn is_where_it_was(&self) -> Result<bool, Failure> {
        let stands = uploads::find(self.app.db().reads(), self.coming.id).await?;
        Ok(stands.is_some_and(|stands| stands.received == self.coming.received))
    }

    /// Removes what is safe and will never count. What cannot be removed now goes when the upload expires.
    async fn drop_waiting(&mut self) {
        let files = self.app.part::<Files>();
        for piece in self.waiting.drain(..) {
            if let Err(error) = files.remove_piece(self.coming.id, piece.name).await {
                tracing::warn!(upload = %self.coming.id, error = %error, "a piece is left until its upload expires");
            }
        }
    }
}

/// Why a stream ended early.
enum Broken {
    /// The connection.
    Line,
    Refused(Problem),
}

impl From<Problem> for Broken {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl From<Protocol> for Broken {
    fn from(protocol: Protocol) -> Self {
        Self::Refused(protocol.into())
    }
}

fn broken_off() -> Problem {
    refuse(
        axum::http::StatusCode::BAD_REQUEST,
        "Tải lên bị đứt giữa chừng; hãy hỏi Upload-Offset rồi gửi tiếp từ đó",
        "The upload broke off; ask for Upload-Offset and go on from there",
    )
}

fn too_slow() -> Problem {
    refuse(
        axum::http::StatusCode::REQUEST_TIMEOUT,
        "Phần này gửi quá lâu; hãy hỏi Upload-Offset rồi gửi tiếp từ đó",
        "This piece took too long; ask for Upload-Offset and go on from there",
    )
}
