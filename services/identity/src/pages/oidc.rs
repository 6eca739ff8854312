//! What people see of signing in elsewhere: what went wrong and the way back, what they are to know, and the way out.

use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use chassis::{App, http::Problem};
use web::Visitor;

use super::second_step;
use crate::{
    domain::own_path,
    oidc::{
        Provider, Providers, Trouble,
        begin::Away,
        callback::{End, Failed, Outcome},
        linking::{Notice, Refusal},
        logout,
    },
    store::provider_sessions::Brought,
};

/// Where people link and unlink.
pub const PROVIDERS: &str = "/identity/providers";

/// Another way to sign in.
pub struct Way {
    /// What addresses call it.
    pub id: String,
    /// What people call it.
    pub name: String,
}

impl From<&Provider> for Way {
    fn from(provider: &Provider) -> Self {
        Self {
            id: provider.id.clone(),
            name: provider.config.name.clone(),
        }
    }
}

/// The other ways to sign in.
pub fn ways(app: &App) -> Vec<Way> {
    app.part::<Providers>().all().map(Way::from).collect()
}

#[derive(Template)]
#[template(path = "provider_trouble.html")]
struct TroublePage<'a> {
    title: &'a str,
    text: &'a str,
    /// What to do: the button, and where it leads.
    way: Option<(&'a str, String)>,
    back: &'a str,
}

#[derive(Template)]
#[template(path = "provider_notice.html")]
struct NoticePage<'a> {
    name: &'a str,
    taken_over: bool,
    back: &'a str,
}

#[derive(Template)]
#[template(path = "onward.html")]
struct OnwardPage<'a> {
    name: &'a str,
    url: &'a str,
}

#[derive(Template)]
#[template(path = "signed_out.html")]
struct SignedOutPage<'a> {
    name: &'a str,
    url: &'a str,
}

/// Sends a browser on to a provider.
pub fn away(away: &Away) -> Response {
    let headers = [
        (header::LOCATION, away.url.as_str()),
        (header::SET_COOKIE, away.cookie.as_str()),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}

/// The same after a posted form, which our policy lets lead nowhere else: a page goes on by itself.
pub fn onward(
    visitor: impl Into<Visitor>,
    provider: &Provider,
    away: &Away,
) -> Result<Response, Problem> {
    let page = OnwardPage {
        name: &provider.config.name,
        url: &away.url,
    };
    let cookie = [(header::SET_COOKIE, away.cookie.as_str())];
    Ok((cookie, web::page(visitor, &page)?).into_response())
}

/// What was begun came to nothing: why, and what to do.
struct Told {
    status: StatusCode,
    title: String,
    text: String,
    way: Option<(&'static str, String)>,
}

impl Told {
    fn new(status: StatusCode, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            status,
            title: title.into(),
            text: text.into(),
            way: None,
        }
    }

    fn by(mut self, label: &'static str, url: String) -> Self {
        self.way = Some((label, url));
        self
    }
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

fn trouble(provider: &Provider, trouble: &Trouble) -> Told {
    let name = &provider.config.name;
    match trouble {
        Trouble::Away(_) => Told::new(
            StatusCode::SERVICE_UNAVAILABLE,
            format!("{name} đang không trả lời"),
            "Bạn chưa đăng nhập. Xin thử lại sau ít phút, hoặc dùng cách đăng nhập khác.",
        ),
        Trouble::Garbage(_) => Told::new(
            StatusCode::BAD_GATEWAY,
            format!("{name} đang có trục trặc"),
            "Bạn chưa đăng nhập. Xin thử lại sau, hoặc dùng cách đăng nhập khác.",
        ),
        Trouble::Disbelieved(_) => Told::new(
            StatusCode::BAD_GATEWAY,
            format!("Không xác nhận được câu trả lời của {name}"),
            "Để an toàn, lần đăng nhập này bị hủy. Xin đăng nhập lại từ đầu.",
        ),
    }
}

fn refusal(provider: &Provider, refusal: Refusal) -> Told {
    let name = &provider.config.name;
    let conflict = StatusCode::CONFLICT;
    let to_link = format!("/identity/sign-in?back={}", encoded(PROVIDERS));
    match refusal {
        Refusal::Nameless => Told::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("{name} không cho biết họ tên của bạn"),
            "Chưa mở được tài khoản vì thiếu họ và tên. Bạn có thể đăng ký tài khoản bằng số điện thoại.",
        )
        .by("Đăng ký tài khoản", "/identity/register".to_owned()),
        Refusal::AnotherNumber => Told::new(
            conflict,
            "Số định danh không khớp",
            format!("Số định danh mà {name} cho biết khác với số của tài khoản ở đây. Xin liên hệ bộ phận một cửa để được giúp."),
        ),
        Refusal::Staff => Told::new(
            conflict,
            "Tài khoản cán bộ phải tự liên kết",
            "Xin đăng nhập như thường lệ rồi liên kết trong trang Cách đăng nhập khác.",
        )
        .by("Đăng nhập rồi liên kết", to_link),
        Refusal::Unproven => Told::new(
            conflict,
            "Số định danh hoặc số điện thoại này đã có tài khoản",
            format!("{name} chưa chứng minh được số ấy là của bạn. Nếu tài khoản là của bạn, xin đăng nhập như thường lệ rồi liên kết."),
        )
        .by("Đăng nhập rồi liên kết", to_link),
        Refusal::AnotherPerson => Told::new(
            conflict,
            "Đây là người khác",
            format!("Người vừa đăng nhập ở {name} không phải là người đang dùng tài khoản này, hoặc tài khoản đã được đăng xuất. Chưa có gì thay đổi."),
        ),
        Refusal::LinkedElsewhere => Told::new(
            conflict,
            "Đã liên kết với tài khoản khác",
            format!("Tài khoản {name} này đang liên kết với một tài khoản khác ở đây. Xin bỏ liên kết ở đó trước."),
        ),
        Refusal::NumberTaken => Told::new(
            conflict,
            "Số định danh này đã có tài khoản khác",
            format!("Số định danh mà {name} chứng minh thuộc một tài khoản khác ở đây. Xin đăng xuất, rồi đăng nhập bằng {name}."),
        ),
        Refusal::OnlyWay => Told::new(
            conflict,
            "Đây là cách đăng nhập duy nhất của bạn",
            ONLY_WAY,
        ),
        Refusal::Unknown => Told::new(
            StatusCode::NOT_FOUND,
            "Không tìm thấy",
            "Liên kết này không còn nữa.",
        ),
    }
}

/// Why the only way in stays.
pub const ONLY_WAY: &str =
    "Bỏ liên kết này thì bạn không đăng nhập được nữa. Xin liên kết một cách khác trước.";

fn failed(provider: &Provider, why: &Failed) -> Told {
    let name = &provider.config.name;
    let forbidden = StatusCode::FORBIDDEN;
    match why {
        Failed::Over => Told::new(
            StatusCode::BAD_REQUEST,
            "Lần đăng nhập này đã quá hạn",
            "Trang đã mở quá 10 phút, đã được dùng, hoặc được bắt đầu ở trình duyệt khác. Xin đăng nhập lại từ đầu.",
        ),
        Failed::Declined => Told::new(
            forbidden,
            "Bạn đã không đồng ý",
            format!("{name} không cho chúng tôi biết bạn là ai, nên bạn chưa đăng nhập."),
        ),
        Failed::NotSignedIn => Told::new(
            forbidden,
            format!("Bạn chưa đăng nhập ở {name}"),
            "Xin thử lại và đăng nhập ở đó khi được hỏi.",
        ),
        Failed::Weak => Told::new(
            forbidden,
            "Mức xác thực chưa đủ",
            format!(
                "Việc này cần bạn xác thực ở {name} với mức cao hơn mức vừa dùng. Chưa có gì thay đổi."
            ),
        ),
        Failed::Trouble(why) => trouble(provider, why),
        Failed::Refused(why) => refusal(provider, *why),
    }
}

fn show(visitor: Visitor, told: &Told, back: &str) -> Result<Response, Problem> {
    let page = TroublePage {
        title: &told.title,
        text: &told.text,
        way: told.way.clone(),
        back,
    };
    Ok((told.status, web::page(visitor, &page)?).into_response())
}

/// A sign-in that could not even begin.
pub fn not_begun(
    visitor: Visitor,
    provider: &Provider,
    why: &Trouble,
    back: &str,
) -> Result<Response, Problem> {
    tracing::warn!(provider = provider.id, error = %why, "nobody can be sent to a provider");
    let again = format!("/identity/sign-in?back={}", encoded(back));
    let told = trouble(provider, why).by("Cách đăng nhập khác", again);
    show(visitor, &told, back)
}

/// How it ended.
pub fn ended(
    app: &App,
    visitor: Visitor,
    provider: &Provider,
    outcome: Outcome,
) -> Result<Response, Problem> {
    let url = &app.settings().public_url;
    let back = own_path(outcome.back.as_deref().unwrap_or_default());
    let (session, notice) = match outcome.end {
        Ok(End::In { session, notice }) => (session, notice),
        Ok(End::Second { ticket }) => return Ok(second_step::lead(app, &ticket, back)),
        Ok(End::Linked) => return Ok(see_other(PROVIDERS)),
        Err(why) => {
            let told = failed(provider, &why);
            let again = format!("/identity/sign-in?back={}", encoded(back));
            let told = if told.way.is_some() || visitor.is_signed_in() {
                told
            } else {
                told.by("Đăng nhập lại", again)
            };
            return show(visitor, &told, back);
        }
    };
    let cookie = AppendHeaders([(header::SET_COOKIE, session.cookie(url))]);
    let Some(notice) = notice else {
        return Ok((cookie, see_other(back)).into_response());
    };
    let page = NoticePage {
        name: &provider.config.name,
        taken_over: notice == Notice::TakenOver,
        back,
    };
    Ok((cookie, web::page(&session.claims, &page)?).into_response())
}

fn see_other(path: &str) -> Response {
    let on = [
        (header::LOCATION, path),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::SEE_OTHER, on).into_response()
}

/// Who has signed out here is told that the provider's own session goes on, and how to end it.
pub async fn farewell(app: &App, brought: &Brought, done: Response) -> Result<Response, Problem> {
    let Some(elsewhere) = logout::elsewhere(app, brought).await else {
        return Ok(done);
    };
    let page = SignedOutPage {
        name: &elsewhere.name,
        url: &elsewhere.url,
    };
    let mut shown = web::page(Visitor::Stranger, &page)?;
    for cookie in done.headers().get_all(header::SET_COOKIE) {
        shown
            .headers_mut()
            .append(header::SET_COOKIE, cookie.clone());
    }
    Ok(shown)
}
