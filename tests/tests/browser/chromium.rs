//! Chromium under its `chromedriver`: a window with a profile of its own for everybody who asks for one.

use std::{
    io,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Mutex,
    time::Duration,
};

use reqwest::Client;
use serde_json::json;
use tempfile::TempDir;
use thirtyfour::{
    BrowserCapabilitiesHelper, ChromeCapabilities, ChromiumLikeCapabilities, LoggingPrefsLogLevel,
    TimeoutConfiguration, WebDriver, error::WebDriverResult,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    time::timeout,
};

const INSTALL: &str = "install Debian's packages chromium and chromium-driver (where Chromium is a snap only, as on Ubuntu: \
    Google Chrome and the chromedriver of its version, both found by PATH)";

/// How long anything in a browser may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// How often Chromium is started before it counts as broken.
const STARTS: usize = 3;

/// A window's size in CSS pixels.
#[derive(Debug, Clone, Copy)]
pub struct Screen {
    pub width: u32,
    pub height: u32,
}

/// What most people hold.
pub const PHONE: Screen = Screen {
    width: 360,
    height: 740,
};
/// The narrowest that is still held, and what WCAG asks for (1.4.10, reflow).
pub const SMALL_PHONE: Screen = Screen {
    width: 320,
    height: 568,
};

/// Whether pages may run scripts of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scripts {
    /// As somebody does who switches JavaScript off.
    Off,
    /// As browsers come.
    On,
}

/// A window that is open, and where it puts what it downloads.
pub struct Window {
    pub web: WebDriver,
    pub scripts: Scripts,
    pub downloads: PathBuf,
}

/// The driver and the windows it has open.
pub struct Chromium {
    driver: Child,
    /// Kept open: the driver would end when nobody listens to it any more.
    _words: Lines<BufReader<ChildStdout>>,
    address: String,
    client: Client,
    scratch: TempDir,
    open: Mutex<Vec<(String, WebDriver)>>,
}

impl Chromium {
    /// Starts the driver at a free port.
    pub async fn start(client: &Client) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("chromedriver does not start: {error}; {INSTALL}"));
        let words = driver.stdout.take().expect("its output is piped");
        let mut words = BufReader::new(words).lines();
        let port = timeout(PATIENCE, port(&mut words)).await;
        let port = port.expect("chromedriver is ready in time");
        let port = port.unwrap_or_else(|error| panic!("chromedriver names no port: {error}"));
        Self {
            driver,
            _words: words,
            address: format!("http://127.0.0.1:{port}"),
            client: client.clone(),
            scratch: tempfile::tempdir().expect("a temporary folder"),
            open: Mutex::default(),
        }
    }

    /// Opens a window with a profile of its own: no cookie and no cache is shared with another.
    pub async fn window(&self, owner: &str, screen: Screen, scripts: Scripts) -> Window {
        let downloads = self.scratch.path().join(owner);
        let mut refused = None;
        // Chromium itself ends while it starts, once in some hundred times: no page of ours has been asked for by then.
        for _ in 0..STARTS {
            match self.start_window(screen, scripts, &downloads).await {
                Ok(web) => {
                    self.make_ready(owner, &web).await;
                    return Window {
                        web,
                        scripts,
                        downloads,
                    };
                }
                Err(error) => refused = Some(error),
            }
        }
        panic!("Chromium does not start: {refused:?}; {INSTALL}");
    }

    async fn start_window(
        &self,
        screen: Screen,
        scripts: Scripts,
        downloads: &Path,
    ) -> WebDriverResult<WebDriver> {
        WebDriver::builder(&self.address, capabilities(screen, scripts, downloads)?)
            .client(self.client.clone())
            .request_timeout(PATIENCE)
            .await
    }

    async fn make_ready(&self, owner: &str, web: &WebDriver) {
        self.remember(owner, web);
        let limits =
            TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), Some(Duration::ZERO));
        web.update_timeouts(limits).await.expect("limits are set");
    }

    fn remember(&self, owner: &str, web: &WebDriver) {
        let mut open = self.open.lock().expect("no panic while locked");
        open.push((owner.to_owned(), web.clone()));
    }

    /// The windows that are open, with their owners.
    pub fn windows(&self) -> Vec<(String, WebDriver)> {
        self.open.lock().expect("no panic while locked").clone()
    }

    /// Closes all windows and ends the driver.
    pub async fn close(mut self) {
        for (owner, web) in self.windows() {
            if let Err(error) = web.quit().await {
                eprintln!("the window of {owner} does not close: {error}");
            }
        }
        self.driver.kill().await.expect("chromedriver ends");
    }
}

/// Reads `ChromeDriver was started successfully on port 4711.`
async fn port(words: &mut Lines<BufReader<ChildStdout>>) -> io::Result<u16> {
    while let Some(line) = words.next_line().await? {
        let Some((_, port)) = line.split_once("successfully on port ") else {
            continue;
        };
        return port.trim_end_matches('.').parse().map_err(io::Error::other);
    }
    Err(io::ErrorKind::UnexpectedEof.into())
}

fn capabilities(
    screen: Screen,
    scripts: Scripts,
    downloads: &Path,
) -> WebDriverResult<ChromeCapabilities> {
    // 1 is "allow", 2 is "block".
    let javascript = match scripts {
        Scripts::On => 1,
        Scripts::Off => 2,
    };
    let mut asked = ChromeCapabilities::new();
    for argument in [
        "--headless=new",
        // Root has no sandbox, and containers have little shared memory. Only our own pages are opened.
        "--no-sandbox",
        "--disable-dev-shm-usage",
        // Nothing leaves this machine, whatever a page or the browser itself may want.
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
        "--no-proxy-server",
        // Scrolling is over when it has begun.
        "--force-prefers-reduced-motion",
        "--lang=vi",
    ] {
        asked.add_arg(argument)?;
    }
    asked.set_browser_option(
        "prefs",
        json!({
            "profile.managed_default_content_settings.javascript": javascript,
            // Phones hand PDF files to another app.
            "plugins.always_open_pdf_externally": true,
            "download.default_directory": downloads,
            "download.prompt_for_download": false,
        }),
    )?;
    asked.set_browser_option(
        "mobileEmulation",
        json!({ "deviceMetrics": {
            "width": screen.width, "height": screen.height, "pixelRatio": 2, "mobile": true, "touch": false,
        } }),
    )?;
    for log in ["browser", "performance"] {
        asked.set_logging_prefs(log, LoggingPrefsLogLevel::All)?;
    }
    Ok(asked)
}
