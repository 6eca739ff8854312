//! What the audit log says of accounts.

use testkit::Stage;

/// What was done to how people show who they are, in order.
pub async fn acts(stage: &Stage) -> Vec<String> {
    let entries = chassis::audit::entries(stage.app("identity").db(), None, 0, 1_000).await;
    let done = entries.unwrap().into_iter().rev();
    let done = done.map(|entry| entry.action.trim_start_matches("identity.").to_owned());
    let others = ["account-opened", "post-given", "session-begun"];
    done.filter(|what| !others.contains(&what.as_str()))
        .collect()
}
