//! What a test is played with: the system, and browsers for those who use it. When it fails, pictures and the log are kept.

use std::{panic::AssertUnwindSafe, path::PathBuf, sync::Arc};

use futures::FutureExt;
use journeys::motcua::Motcua;
use reqwest::Client;

use crate::{
    chromium::{Chromium, Screen, Scripts},
    inspection::Inspector,
    line::Line,
    phone::Phone,
    phone::picture,
};

/// The system at work, and browsers to use it with.
pub struct Portal<'a> {
    pub motcua: Motcua,
    pub client: Client,
    pub chromium: &'a Chromium,
    test: &'a str,
}

/// Plays `body` at a portal of its own.
pub async fn at_the_portal(test: &str, body: impl AsyncFnOnce(&Portal)) {
    at_a_portal(test, &[], body).await;
}

/// Plays `body` at a portal that browsers reach over a line.
pub async fn behind_a_line(test: &str, body: impl AsyncFnOnce(&Portal, &Line)) {
    at_a_portal_behind_a_line(test, &[], body).await;
}

/// The same with more settings.
pub async fn at_a_portal_behind_a_line(
    test: &str,
    variables: &[(&str, &str)],
    body: impl AsyncFnOnce(&Portal, &Line),
) {
    let line = Line::new().await;
    let url = line.url();
    let variables = [variables, &[("PUBLIC_URL", url.as_str())]].concat();
    at_a_portal(test, &variables, async |portal| {
        line.lead_to(portal.motcua.port());
        body(portal, &line).await;
    })
    .await;
}

async fn at_a_portal(test: &str, variables: &[(&str, &str)], body: impl AsyncFnOnce(&Portal)) {
    with_chromium(test, async |client, chromium| {
        let motcua = Motcua::start(variables).await;
        let portal = Portal {
            motcua,
            client: client.clone(),
            chromium,
            test,
        };
        portal.motcua.ready(client).await;
        body(&portal).await;
    })
    .await;
}

/// Plays `body` with browsers only.
pub async fn with_chromium(test: &str, body: impl AsyncFnOnce(&Client, &Chromium)) {
    chassis::install_cryptography();
    let client = Client::builder().no_proxy().build().expect("a client");
    let chromium = Chromium::start(&client).await;
    let played = AssertUnwindSafe(body(&client, &chromium))
        .catch_unwind()
        .await;
    if played.is_err() {
        for (owner, web) in chromium.windows() {
            let file = folder().join(format!("{test}.{owner}.png"));
            let at = web.current_url().await.map(String::from);
            match picture(&web).await {
                Ok(png) => {
                    std::fs::write(&file, png).expect("a picture is kept");
                    eprintln!("{owner} was at {at:?}: {}", file.display());
                }
                Err(error) => eprintln!("{owner} was at {at:?}; no picture: {error}"),
            }
        }
    }
    chromium.close().await;
    if let Err(panic) = played {
        std::panic::resume_unwind(panic);
    }
}

/// Where pictures are kept: `target/browser`.
pub fn folder() -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).with_file_name("browser");
    std::fs::create_dir_all(&folder).expect("target/browser");
    folder
}

impl Portal<'_> {
    /// A phone of somebody's own. With an inspector, every page that comes to it is looked at closely.
    pub async fn phone(
        &self,
        owner: &str,
        screen: Screen,
        inspector: Option<&Arc<Inspector>>,
    ) -> Phone {
        let window = self.chromium.window(owner, screen, Scripts::Off).await;
        Phone::new(window, self.motcua.url(), inspector.cloned()).await
    }

    /// The same at the near end of a line, and its pages' scripts run.
    pub async fn phone_with_scripts(&self, owner: &str, screen: Screen, line: &Line) -> Phone {
        let window = self.chromium.window(owner, screen, Scripts::On).await;
        Phone::new(window, &line.url(), None).await
    }
}

impl Drop for Portal<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let file = folder().join(format!("{}.log", self.test));
            match std::fs::write(&file, self.motcua.log()) {
                Ok(()) => eprintln!("what the system logged: {}", file.display()),
                Err(error) => eprintln!("{}: {error}", file.display()),
            }
        }
    }
}
