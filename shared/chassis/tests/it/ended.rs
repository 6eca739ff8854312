//! Sessions that are over: no service believes their tokens any more.

use chassis::{Service, Tx};
use chrono::TimeDelta;
use contracts::identity::{EndedSession, SessionsEnded};
use testkit::Stage;
use uuid::Uuid;

use crate::sample::{Mood, till};

#[tokio::test]
async fn a_token_is_refused_as_soon_as_its_end_is_heard() {
    let identity = Service::new("identity").says::<SessionsEnded>();
    let mut stage = Stage::with(vec![till(&Mood::default()), identity]).await;
    let (operator, path) = (stage.operator(), "/till/ops/parked");
    assert_eq!(stage.get(path, Some(&operator)).await.status, 200);
    let ended_at = stage.now();
    // A stage's tokens all carry this one.
    let ended = |session: Uuid| EndedSession {
        session,
        believed_until: ended_at + TimeDelta::hours(8),
    };
    let say = async |stage: &mut Stage, session: Uuid| {
        let said = SessionsEnded {
            sessions: vec![ended(session)],
            ended_at,
        };
        let say = async |tx: Tx| {
            tx.say(&said);
            Ok::<_, chassis::Failure>(())
        };
        stage.app("identity").transact(say).await.expect("said");
        stage.settle().await;
    };
    say(&mut stage, Uuid::max()).await;
    assert_eq!(
        stage.get(path, Some(&operator)).await.status,
        200,
        "another's"
    );
    say(&mut stage, Uuid::nil()).await;
    say(&mut stage, Uuid::nil()).await;
    assert_eq!(stage.get(path, Some(&operator)).await.status, 401);
}
