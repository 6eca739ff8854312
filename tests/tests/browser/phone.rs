//! Somebody's phone: opens pages, presses, writes, reads, and waits as people do, by loading a page again.

use std::{path::Path, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use journeys::until;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use thirtyfour::{
    By, Key, TypingData, WebDriver, WebElement,
    error::{WebDriverError, WebDriverResult},
};

use crate::{
    chromium::{Scripts, Window},
    inspection::Inspector,
};

/// A browser held by one person.
pub struct Phone {
    window: Window,
    home: String,
    inspector: Option<Arc<Inspector>>,
}

impl Phone {
    /// Takes a window for the site at `home`, and makes sure that pages' scripts run in it or do not, as was asked.
    pub async fn new(window: Window, home: &str, inspector: Option<Arc<Inspector>>) -> Self {
        let phone = Self {
            window,
            home: home.to_owned(),
            inspector,
        };
        let page = "data:text/html,<title>off</title><script>document.title = 'on'</script>";
        phone.web().goto(page).await.expect("a first page");
        let title = phone.web().title().await.expect("its title");
        let expected = match phone.window.scripts {
            Scripts::On => "on",
            Scripts::Off => "off",
        };
        assert_eq!(title, expected, "JavaScript");
        if let Some(inspector) = &phone.inspector {
            inspector.begin(&phone).await;
        }
        phone
    }

    /// The session, for what is not done here.
    pub fn web(&self) -> &WebDriver {
        &self.window.web
    }

    /// Where the site is.
    pub fn home(&self) -> &str {
        &self.home
    }

    /// Opens a page by its path.
    pub async fn open(&self, path: &str) {
        let address = format!("{}{path}", self.home);
        let opening = self.web().goto(address).await;
        opening.unwrap_or_else(|error| panic!("{path} does not open: {error}"));
        self.arrived().await;
    }

    /// Presses the link or button that is found by a CSS selector, and waits for the page it leads to.
    pub async fn press(&self, selector: &str) {
        self.press_the(selector, By::Css(selector)).await;
    }

    /// The same for the link or button with exactly these words.
    pub async fn press_words(&self, words: &str) {
        let path = format!("//*[self::a or self::button][normalize-space() = '{words}']");
        self.press_the(words, By::XPath(path)).await;
    }

    async fn press_the(&self, what: &str, by: By) {
        let pressed = self.find(what, by).await;
        self.leave(what, async || pressed.click().await).await;
    }

    /// Presses Enter where the focus is, and waits for the page it leads to.
    pub async fn enter(&self) {
        self.leave("Enter", async || self.press_keys(Key::Enter).await)
            .await;
    }

    /// Types where the focus is.
    pub async fn keys(&self, keys: impl Into<TypingData>) {
        self.press_keys(keys).await.expect("keys are typed");
    }

    async fn press_keys(&self, keys: impl Into<TypingData>) -> WebDriverResult<()> {
        let keys = self.web().action_chain().send_keys(keys);
        keys.perform().await
    }

    /// Does what leads to another page, and waits until that is there.
    async fn leave(&self, how: &str, act: impl AsyncFnOnce() -> WebDriverResult<()>) {
        let (before, _) = self.document().await.expect("a page");
        let acting = act().await;
        acting.unwrap_or_else(|error| panic!("{how} cannot be pressed: {error}"));
        let another = |seen: &Result<(f64, String), String>| {
            seen.as_ref()
                .is_ok_and(|(document, state)| *document > before && state == "complete")
        };
        let looking = async || self.document().await.map_err(|error| error.to_string());
        let there = until(&format!("{how} leads to another page"), another, looking).await;
        there.expect("what was waited for");
        self.arrived().await;
    }

    /// When this document began, which no other did at the same time, and how far it is.
    async fn document(&self) -> WebDriverResult<(f64, String)> {
        let script = "return [performance.timeOrigin, document.readyState]";
        self.web().execute(script, vec![]).await?.convert()
    }

    /// The page is there for who wants to use it: what is pressed before its first paint, the browser drops.
    async fn arrived(&self) {
        let painted = "return performance.getEntriesByType('paint').length > 0";
        let looking = async || self.ask(painted, vec![]).await;
        until("the page is painted", |painted: &bool| *painted, looking).await;
        if let Some(inspector) = &self.inspector {
            inspector.look_at(self).await;
        }
    }

    /// Loads the page again and again until something is on it: without JavaScript that is how news comes.
    pub async fn reload_until(&self, selector: &str) {
        let looking = async || {
            self.web().refresh().await.expect("the page loads again");
            self.has(selector).await
        };
        let what = format!("{selector} appears at {}", self.path().await);
        until(&what, |there| *there, looking).await;
        self.arrived().await;
    }

    /// Whether something is on the page.
    pub async fn has(&self, selector: &str) -> bool {
        let found = self.web().find_all(By::Css(selector)).await;
        !found.expect("a page to look at").is_empty()
    }

    /// Something on the page.
    pub async fn the(&self, selector: &str) -> WebElement {
        self.find(selector, By::Css(selector)).await
    }

    async fn find(&self, what: &str, by: By) -> WebElement {
        match self.web().find(by).await {
            Ok(element) => element,
            Err(error) => panic!("no {what} at {}: {error}", self.path().await),
        }
    }

    /// Writes into the field of that name, instead of what stands there.
    pub async fn write(&self, name: &str, text: &str) {
        let field = self.the(&format!("[name='{name}']")).await;
        field.clear().await.expect("a field to write in");
        field.send_keys(text).await.expect("a field to write in");
    }

    /// Chooses one of several answers.
    pub async fn choose(&self, name: &str, value: &str) {
        let answer = self.the(&format!("[name='{name}'][value='{value}']")).await;
        answer.click().await.expect("an answer to choose");
    }

    /// Chooses a file.
    pub async fn attach(&self, selector: &str, file: &Path) {
        let file = file.canonicalize().expect("a file to choose");
        let chooser = self.the(selector).await;
        let choosing = chooser.send_keys(file.to_string_lossy()).await;
        choosing.expect("a field for a file");
    }

    /// The words of something, as they are seen.
    pub async fn reads(&self, selector: &str) -> String {
        self.the(selector).await.text().await.expect("words")
    }

    /// Fails unless these words are in the page's main part.
    pub async fn sees(&self, words: &str) {
        let seen = self.reads("main").await;
        assert!(
            seen.contains(words),
            "no “{words}” at {}:\n{seen}",
            self.path().await
        );
    }

    /// Where it is.
    pub async fn path(&self) -> String {
        let here = self.web().current_url().await.expect("an address");
        here.path().to_owned()
    }

    /// Presses a link to a file, and returns the file when it is whole.
    pub async fn download(&self, words: &str) -> Vec<u8> {
        let link = self.find(words, By::LinkText(words)).await;
        link.click().await.expect("a link to press");
        let downloads = &self.window.downloads;
        // While it comes there are an empty file of its name and a growing one beside it.
        let whole = async || {
            let files = std::fs::read_dir(downloads).into_iter().flatten().flatten();
            let files: Vec<_> = files.map(|file| file.path()).collect();
            let coming = |file: &_| Path::extension(file).is_some_and(|end| end == "crdownload");
            match files.as_slice() {
                [file] if !coming(file) => std::fs::read(file).unwrap_or_default(),
                _ => Vec::new(),
            }
        };
        let what = format!("“{words}” is downloaded");
        until(&what, |bytes| !bytes.is_empty(), whole).await
    }

    /// Asks the page something in JavaScript, which the browser still runs for its driver.
    pub async fn ask<T: DeserializeOwned>(&self, script: &str, arguments: Vec<Value>) -> T {
        let answer = self.web().execute(script, arguments).await;
        let answer = answer.unwrap_or_else(|error| panic!("{script}: {error}"));
        answer.convert().expect("an answer of the right shape")
    }

    /// Asks for what a promise keeps, in a world beside the page's own: there promises are kept although the page may run no
    /// scripts.
    pub async fn ask_beside<T: DeserializeOwned>(&self, script: &str) -> T {
        let tree = self.devtools("Page.getFrameTree", json!({})).await;
        let frame = json!({ "frameId": tree["frameTree"]["frame"]["id"] });
        let world = self.devtools("Page.createIsolatedWorld", frame).await;
        let asked = json!({
            "contextId": world["executionContextId"],
            "expression": script,
            "awaitPromise": true,
            "returnByValue": true,
        });
        let mut answer = self.devtools("Runtime.evaluate", asked).await;
        let value = answer["result"]["value"].take();
        serde_json::from_value(value).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// Asks the browser itself, in its DevTools protocol.
    pub async fn devtools(&self, method: &str, parameters: Value) -> Value {
        let answer = self.web().cdp().send_raw(method, parameters).await;
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }
}

/// A picture of the whole page, of what is below the screen too.
pub async fn picture(web: &WebDriver) -> WebDriverResult<Vec<u8>> {
    let cdp = web.cdp();
    let sizes = cdp.send_raw("Page.getLayoutMetrics", json!({})).await?;
    let (width, height) = (
        &sizes["cssContentSize"]["width"],
        &sizes["cssContentSize"]["height"],
    );
    let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
    let wanted = json!({ "captureBeyondViewport": true, "clip": clip });
    let taken = cdp.send_raw("Page.captureScreenshot", wanted).await?;
    let png = BASE64.decode(taken["data"].as_str().unwrap_or_default());
    png.map_err(|error| WebDriverError::ParseError(error.to_string()))
}
