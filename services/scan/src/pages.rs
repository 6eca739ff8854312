//! What people see of their own papers: pages in Vietnamese that need no JavaScript, phone first.

pub mod batches;

use askama::Template;
use axum::{response::Response, routing::post};
use chassis::{
    App, Tx,
    auth::{Citizen, Claims},
    http::{Act, Answer, Form, Path, Problem, own_path},
};
use chrono::NaiveDate;
use contracts::{DocumentId, Refused};
use procedure::{Catalogue, Description};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    http::papers::{Line, Paper, Papers, Record},
    keeping,
};

/// The pages' routes. Programs have their own, so that these are not in the API's description.
pub fn routes() -> OpenApiRouter<App> {
    batches::routes()
        .route("/scan/papers/{id}/keep", post(keep))
        .route("/scan/papers/{id}/release", post(release))
        .route("/scan/papers/{id}/date", post(date))
        .route("/scan/papers/{id}/remove", post(remove))
}

#[derive(Template)]
#[template(path = "my_papers.html")]
struct ListPage<'a> {
    papers: Vec<Shown<'a>>,
    older: Option<u64>,
    key: String,
}

#[derive(Template)]
#[template(path = "my_paper.html")]
struct PaperPage<'a> {
    shown: Shown<'a>,
    lines: Vec<ShownLine<'a>>,
    older: Option<u64>,
    key: String,
}

/// A paper with the words that need the catalogue.
struct Shown<'a> {
    paper: &'a Paper,
    /// What it is called: its kind, or what the procedure calls it that asked for it first, or its file's name.
    title: String,
    /// What the procedure is called that it was used for first.
    first: Option<String>,
}

/// A line of a record with the words that need the catalogue.
struct ShownLine<'a> {
    line: &'a Line,
    /// What the procedure of its dossier is called.
    procedure: Option<String>,
}

/// What procedures are called.
struct Names {
    catalogue: std::sync::Arc<Catalogue>,
    today: NaiveDate,
}

impl Names {
    fn of(app: &App) -> Self {
        Self {
            catalogue: app.part(),
            today: calendar::date(app.clock().now()),
        }
    }

    fn described(&self, code: &str) -> Option<&Description> {
        let code = code.parse().ok()?;
        self.catalogue.at(&code, self.today).map(|known| &**known)
    }

    /// The name, or the code of a procedure that is in the catalogue no more.
    fn procedure(&self, code: &str) -> String {
        let known = self.described(code);
        known.map_or_else(|| code.to_owned(), |known| known.name.vi.clone())
    }

    fn title(&self, paper: &Paper) -> String {
        let asked = || {
            let first = self.described(&paper.first_use.as_ref()?.procedure)?;
            let component = first.component(paper.kind.as_deref()?)?;
            Some(component.name.vi.clone())
        };
        let named = paper.kind_vi.clone().or_else(asked);
        named.unwrap_or_else(|| paper.name.clone())
    }

    fn shown<'a>(&self, paper: &'a Paper) -> Shown<'a> {
        let first = paper.first_use.as_ref();
        Shown {
            paper,
            title: self.title(paper),
            first: first.map(|first| self.procedure(&first.procedure)),
        }
    }
}

/// A person's papers.
pub fn list(app: &App, claims: &Claims, papers: &Papers) -> Result<Response, Problem> {
    let names = Names::of(app);
    let page = ListPage {
        papers: papers
            .papers
            .iter()
            .map(|paper| names.shown(paper))
            .collect(),
        older: papers.older,
        key: app.clock().new_id().to_string(),
    };
    web::page(claims, &page)
}

/// One paper, what can be done with it, and its record.
pub fn show(
    app: &App,
    claims: &Claims,
    paper: &Paper,
    record: &Record,
) -> Result<Response, Problem> {
    let names = Names::of(app);
    let line = |line| ShownLine {
        line,
        procedure: line.procedure.as_deref().map(|code| names.procedure(code)),
    };
    let page = PaperPage {
        shown: names.shown(paper),
        lines: record.lines.iter().map(line).collect(),
        older: record.older,
        key: app.clock().new_id().to_string(),
    };
    web::page(claims, &page)
}

/// A button's form: the key under which it is done once, and where the browser goes on.
#[derive(Serialize, Deserialize)]
struct Button {
    key: String,
    /// A path on this site; the paper's own page without one.
    back: Option<String>,
}

impl Button {
    /// Where to go on, told what was done with which paper: a page of another service has not heard of it yet.
    fn led_back(&self, done: &str, id: DocumentId) -> Result<String, Problem> {
        let Some(back) = &self.back else {
            return Ok(format!("/scan/papers/{id}"));
        };
        let reason = Refused::new(
            "Phải là một đường dẫn trên trang này",
            "It must be a path on this site",
        );
        let back = own_path(back).ok_or_else(|| Problem::field("back", reason))?;
        let (path, place) = back.split_once('#').unwrap_or((back, ""));
        let joint = if path.contains('?') { '&' } else { '?' };
        let place = if place.is_empty() {
            String::new()
        } else {
            format!("#{place}")
        };
        Ok(format!("{path}{joint}{done}={id}{place}"))
    }
}

async fn keep(
    Citizen(claims): Citizen,
    Path(id): Path<DocumentId>,
    act: Act,
    Form(button): Form<Button>,
) -> Result<Response, Problem> {
    let back = button.led_back("kept", id)?;
    let work = async |tx: Tx| {
        keeping::keep(&tx, claims.sub, id).await?;
        Ok(Answer::see_other(back))
    };
    act.by(claims.sub).keyed(&button.key)?.transact(work).await
}

async fn release(
    Citizen(claims): Citizen,
    Path(id): Path<DocumentId>,
    act: Act,
    Form(button): Form<Button>,
) -> Result<Response, Problem> {
    let back = button.led_back("released", id)?;
    let work = async |tx: Tx| {
        keeping::release(&tx, claims.sub, id).await?;
        Ok(Answer::see_other(back))
    };
    act.by(claims.sub).keyed(&button.key)?.transact(work).await
}

/// The form of a paper's last day.
#[derive(Serialize, Deserialize)]
struct Dating {
    key: String,
    /// As people write a date; empty: it does not expire.
    valid_until: String,
}

async fn date(
    Citizen(claims): Citizen,
    Path(id): Path<DocumentId>,
    act: Act,
    Form(dating): Form<Dating>,
) -> Result<Response, Problem> {
    let until = read_day(&dating.valid_until)?;
    let work = async |tx: Tx| {
        keeping::date(&tx, claims.sub, id, until).await?;
        Ok(Answer::see_other(format!("/scan/papers/{id}")))
    };
    let act = act.by(claims.sub).keyed(&dating.key)?.about(&dating);
    act.transact(work).await
}

/// A day as people write it, or as browsers that offer to fill one in may send it.
fn read_day(text: &str) -> Result<Option<NaiveDate>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let day = text
        .parse()
        .or_else(|_| NaiveDate::parse_from_str(text, "%d/%m/%Y"));
    day.map(Some).map_err(|_| {
        let reason = Refused::new(
            "Ngày viết theo dạng ngày/tháng/năm, ví dụ 24/11/2026",
            "A date is day/month/year, e.g. 24/11/2026",
        );
        Problem::field("valid_until", reason)
    })
}

async fn remove(
    Citizen(claims): Citizen,
    Path(id): Path<DocumentId>,
    act: Act,
    Form(button): Form<Button>,
) -> Result<Response, Problem> {
    let work = async |tx: Tx| {
        keeping::remove(&tx, claims.sub, id).await?;
        Ok(Answer::see_other("/scan/papers"))
    };
    act.by(claims.sub).keyed(&button.key)?.transact(work).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_led_back_to_with_what_was_done_before_its_place() {
        let id = DocumentId(uuid::Uuid::nil());
        let led = |back: Option<&str>| {
            let button = Button {
                key: "a".to_owned(),
                back: back.map(str::to_owned),
            };
            button.led_back("kept", id).ok()
        };
        for (back, expected) in [
            (None, Some(format!("/scan/papers/{id}"))),
            (
                Some("/scan/papers"),
                Some(format!("/scan/papers?kept={id}")),
            ),
            (Some("/a?b=c#d"), Some(format!("/a?b=c&kept={id}#d"))),
            (Some("https://elsewhere.example/"), None),
            (Some("//elsewhere.example/"), None),
        ] {
            assert_eq!(led(back), expected, "{back:?}");
        }
    }

    #[test]
    fn a_day_is_read_as_browsers_and_as_people_write_it() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 24);
        assert_eq!(read_day("2026-11-24").unwrap(), day);
        assert_eq!(read_day(" 24/11/2026 ").unwrap(), day);
        assert_eq!(read_day("").unwrap(), None);
        assert!(read_day("mai").is_err());
        assert!(read_day("2026-13-01").is_err());
    }
}
