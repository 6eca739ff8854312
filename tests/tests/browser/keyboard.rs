//! Nothing needs a mouse or a finger: with Tab, Enter and letters alone, seeing at every moment where one is.

use serde::Deserialize;
use thirtyfour::Key;

use crate::{chromium::PHONE, people::CITIZEN, phone::Phone, portal::at_the_portal};

/// More stops than any page has.
const STOPS: usize = 100;

/// Where the focus is.
#[derive(Debug, Deserialize)]
struct Focus {
    /// The tag that has it.
    on: String,
    /// Whether that is what was looked for.
    found: bool,
    /// Whether a line is drawn around it.
    outlined: bool,
    /// Whether it is on the screen, with nothing in front of it.
    in_sight: bool,
}

const FOCUS: &str = r"
    const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
    const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
    const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const top = document.elementFromPoint(x, y);
    return {
        on: one.outerHTML.split('>')[0] + '>', found: one.matches(arguments[0]),
        outlined: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2,
        in_sight: top !== null && (one.contains(top) || top.contains(one) && top.matches('label')),
    };";

impl Phone {
    /// Presses Tab until the focus is on what a selector finds; at every stop it must be plain to see.
    async fn tab_to(&self, selector: &str) {
        let mut stops = Vec::new();
        for _ in 0..STOPS {
            self.keys(Key::Tab).await;
            let focus: Focus = self.ask(FOCUS, vec![selector.into()]).await;
            assert!(
                focus.outlined,
                "nothing shows that the focus is on {focus:?}"
            );
            assert!(focus.in_sight, "the focus is out of sight on {focus:?}");
            if focus.found {
                return;
            }
            stops.push(focus.on);
        }
        panic!(
            "Tab does not lead to {selector} at {}: {stops:#?}",
            self.path().await
        );
    }

    /// Goes to a link or button by Tab, and presses Enter.
    pub async fn follow(&self, selector: &str) {
        self.tab_to(selector).await;
        self.enter().await;
    }
}

#[tokio::test]
async fn a_dossier_is_begun_without_a_pointer() {
    at_the_portal("keyboard", async |portal| {
        portal.register().await;
        let citizen = portal.phone("citizen", PHONE, None).await;
        citizen.open("/intake/procedures/2.000635").await;
        // The first stop leads past the page's head.
        citizen.tab_to("a[href='#main']").await;
        citizen.keys(Key::Enter).await;
        citizen.follow("main a, main button").await;
        assert_eq!(citizen.path().await, "/identity/sign-in");
        citizen.tab_to("[name=login]").await;
        citizen.keys(CITIZEN.phone).await;
        citizen.tab_to("[name=password]").await;
        citizen.keys(CITIZEN.password).await;
        citizen.enter().await;
        assert_eq!(citizen.path().await, "/intake/procedures/2.000635");
        citizen.follow("form[action$='/file'] button").await;
        citizen.tab_to("[name='form.loai_giay_to']").await;
        citizen.keys(" ").await;
        citizen.tab_to("[name='form.ho_ten']").await;
        citizen.keys(CITIZEN.name).await;
        citizen.follow("button[value=later]").await;
        citizen.sees(CITIZEN.name).await;
        citizen.sees("Giấy khai sinh").await;
    })
    .await;
}
