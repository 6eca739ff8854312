//! What belongs to people: dossiers in every state, and whatever else a path names. Who only looks shares one; who may change
//! it gets one of its own.

use contracts::desk::DossierReceived;
use serde_json::{Value, json};

use crate::{
    callers::Caller,
    town::{ADDRESS, BORN, CITIZEN_ID, NAME, OFFICER, Town, id, succeeded},
};

/// Nothing's id.
pub const NOTHING: &str = "0199e3a0-0000-7000-8000-00000000ffff";

/// How far a dossier is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Draft,
    Filed,
    Received,
    Paid,
    Issued,
}

/// The owner's dossier, with what hangs on it.
#[derive(Debug, Clone, Default)]
pub struct Dossier {
    pub id: String,
    pub code: String,
    pub order: String,
    /// Series and number of its receipt.
    pub receipt: (String, String),
    pub result: String,
    pub check: String,
}

impl Town {
    /// A dossier of the owner's that is as far as this.
    pub async fn dossier(&mut self, standing: Standing) -> Dossier {
        let opened = self
            .acts(
                Caller::Owner,
                "/intake/dossiers",
                &json!({ "procedure": "2.000635" }),
            )
            .await;
        let mut dossier = Dossier {
            id: id(&opened, "dossier"),
            ..Dossier::default()
        };
        self.fills_in(&dossier.id).await;
        for step in [
            Standing::Filed,
            Standing::Received,
            Standing::Paid,
            Standing::Issued,
        ] {
            if step <= standing {
                self.takes(step, &mut dossier).await;
            }
        }
        dossier
    }

    async fn fills_in(&mut self, dossier: &str) {
        let form = json!({
            "loai_giay_to": "khai_sinh", "ho_ten": NAME, "ngay_sinh": BORN, "quan_he": "ban_than", "so_ban_sao": "1",
        });
        let paper = self.paper().await;
        let all = json!({ "form": form, "documents": { "to-khai": paper }, "delivery": "counter", "address": ADDRESS });
        let (path, body) = (
            format!("/intake/dossiers/{dossier}"),
            crate::bodies::json_of(&all),
        );
        let saved = self.sends("PUT", &path, Caller::Owner, Some(&body), "*/*");
        succeeded(&path, &saved.await);
    }

    pub async fn takes(&mut self, step: Standing, dossier: &mut Dossier) {
        let nothing = json!({});
        match step {
            Standing::Draft => {}
            Standing::Filed => {
                let path = format!("/intake/dossiers/{}/submit", dossier.id);
                self.acts(Caller::Owner, &path, &nothing).await;
            }
            Standing::Received => {
                let path = format!("/desk/dossiers/{}/receive", dossier.id);
                self.acts(Caller::Officer, &path, &nothing).await;
                let received = self.stage.said::<DossierReceived>("desk").await;
                let own = received
                    .iter()
                    .find(|said| said.dossier.to_string() == dossier.id);
                dossier.code = own.expect("it is received").code.to_string();
                self.marks.push(dossier.code.clone());
                let path = format!("/payment/dossiers/{}/order", dossier.id);
                dossier.order = id(&self.sees(Caller::Owner, &path).await, "order");
            }
            Standing::Paid => {
                let path = format!("/payment/orders/{}/cash", dossier.order);
                self.acts(Caller::Officer, &path, &nothing).await;
                let path = format!("/payment/orders/{}", dossier.order);
                let paid = self.sees(Caller::Owner, &path).await;
                let receipt = &paid["receipts"][0]["receipt"];
                dossier.receipt = (id(receipt, "series"), receipt["number"].to_string());
            }
            Standing::Issued => {
                let path = format!("/desk/dossiers/{}/sign-off", dossier.id);
                self.acts(Caller::Signer, &path, &nothing).await;
                let path = format!("/delivery/dossiers/{}/result", dossier.id);
                let result = self.sees(Caller::Owner, &path).await;
                (dossier.result, dossier.check) =
                    (id(&result, "result"), id(&result, "check_code"));
            }
        }
    }

    /// A dossier to look at, or one to change.
    async fn one(&mut self, standing: Standing, looks: bool) -> Dossier {
        if !looks {
            return self.dossier(standing).await;
        }
        if let Some(known) = self.shared.get(&standing) {
            return known.clone();
        }
        let made = self.dossier(standing).await;
        self.shared.insert(standing, made.clone());
        made
    }

    /// What is made once, for all that name it.
    async fn once(&mut self, name: &'static str) -> String {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let made = match name {
            "webhook" => self.webhook().await,
            "till" => self.till().await,
            "batch" => self.batch().await,
            "message" => {
                self.one(Standing::Received, true).await;
                let inbox = self.sees(Caller::Owner, "/notification/messages").await;
                id(&inbox["messages"][0], "id")
            }
            _ => panic!("nobody makes {name}"),
        };
        self.known.insert(name, made.clone());
        made
    }

    /// An agency that is told nothing for now: there is no network on a Stage.
    async fn webhook(&mut self) -> String {
        let wanted = json!({ "name": "Sở Mẫu", "url": "https://agency.example/", "events": ["payment.fee-refunded.v1"] });
        let opened = self
            .acts(Caller::Operator, "/notification/webhooks", &wanted)
            .await;
        let webhook = id(&opened, "id");
        let path = format!("/notification/webhooks/{webhook}/pause");
        self.acts(Caller::Operator, &path, &json!({})).await;
        webhook
    }

    /// The officer's till, counted.
    async fn till(&mut self) -> String {
        self.one(Standing::Paid, true).await;
        let till = self.sees(Caller::Officer, "/payment/till").await;
        let counted = json!({ "cash": till["expected"], "card": till["card"], "note": "đủ" });
        let closed = self
            .acts(Caller::Officer, "/payment/till/close", &counted)
            .await;
        id(&closed, "till")
    }

    async fn batch(&mut self) -> String {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../examples/to-khai-trich-luc.pdf"
        );
        let stack = crate::bodies::file(&std::fs::read(path).expect("an example"));
        let sent = self.sends(
            "POST",
            "/scan/batches",
            Caller::Officer,
            Some(&stack),
            "*/*",
        );
        let sent = sent.await;
        self.stage.settle().await;
        id(&succeeded("/scan/batches", &sent), "id")
    }

    /// A refund that waits for a second officer.
    async fn refund(&mut self) -> String {
        let paid = self.one(Standing::Paid, false).await;
        let path = format!("/payment/orders/{}/refunds", paid.order);
        let asked = json!({ "cause": "mistake", "amount": 8_000, "note": "Thu nhầm" });
        id(&self.acts(Caller::Officer, &path, &asked).await, "refund")
    }

    async fn upload(&mut self) -> String {
        let begun = self.asks("POST", "/scan/uploads", Caller::Owner).await;
        succeeded("/scan/uploads", &begun);
        let place = begun.header("location");
        place.rsplit('/').next().unwrap_or_default().to_owned()
    }

    /// A message that a service could not read.
    pub async fn parked(&mut self, service: &str) -> String {
        let Some(wire) = heard(service) else {
            return NOTHING.to_owned();
        };
        let some = self.envelope().await;
        let broken = chassis::Envelope {
            routing_key: if wire.1 {
                format!("{}.{service}", wire.0)
            } else {
                wire.0.to_owned()
            },
            wire: wire.0.to_owned(),
            id: self.stage.app(service).clock().new_id(),
            // Nothing in it is what it should be, and all of it is the owner's.
            body: json!({ "dossier": NAME, "code": NAME, "name": [NAME], "result": CITIZEN_ID })
                .to_string(),
            ..some
        };
        let parked = broken.id.to_string();
        assert!(
            self.stage.deliver(broken).await,
            "{service} hears {}",
            wire.0
        );
        self.stage.settle().await;
        parked
    }

    /// An envelope to be changed: of something that was said of a dossier.
    async fn envelope(&mut self) -> chassis::Envelope {
        self.one(Standing::Received, true).await;
        let said = self.stage.said_envelopes("desk").await;
        said.into_iter()
            .next()
            .expect("the desk has said something")
    }

    /// A route's path with the owner's things in the place of its parameters, and what it must be asked with behind it.
    pub async fn place(&mut self, path: &str, looks: bool) -> String {
        let mut filled = path.to_owned();
        while let Some((_, rest)) = filled.split_once('{') {
            let (name, _) = rest.split_once('}').expect("a parameter ends");
            let name = name.to_owned();
            let thing = self.thing(path, &name, looks).await;
            filled = filled.replace(&format!("{{{name}}}"), &thing);
        }
        match path {
            "/identity/step-up" => filled + "?assurance=1&back=/intake/",
            "/intake/track/{code}" => filled + "?citizen_id=" + CITIZEN_ID,
            "/intake/dossiers/{id}/attach" => {
                let paper = self.paper().await;
                format!("{filled}?component=to-khai&document={paper}")
            }
            _ => filled,
        }
    }

    /// What a parameter of a path names.
    #[expect(
        clippy::match_same_arms,
        reason = "a line a route, in the order in which they are tried"
    )]
    async fn thing(&mut self, path: &str, name: &str, looks: bool) -> String {
        use Standing::{Draft, Filed, Issued, Paid, Received};
        let ends = |end: &str| path.ends_with(end);
        let mut parts = path.split('/').skip(1);
        let (service, of) = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        match (service, of, name) {
            (service, "ops", "id") => self.parked(service).await,
            ("intake", "dossiers", "id") if ends("supplement") => self.one(Filed, looks).await.id,
            ("intake", "dossiers", "id") if path == "/intake/dossiers/{id}" && looks => {
                self.one(Received, looks).await.id
            }
            ("intake", "dossiers", "id") => self.one(Draft, looks).await.id,
            ("intake", "procedures", "code") => "2.000635".to_owned(),
            ("intake", "track", "code") => self.one(Received, looks).await.code,
            ("desk", _, "id") if looks => self.one(Received, looks).await.id,
            ("desk", _, "id") if ends("take") || ends("receive") || ends("reject") => {
                self.one(Filed, looks).await.id
            }
            ("desk", _, "id") => self.one(Paid, looks).await.id,
            ("delivery", "check", "code") => self.one(Issued, looks).await.check,
            ("delivery", "dossiers", "dossier") => self.one(Issued, looks).await.id,
            ("delivery", "layouts", "procedure") => "2.000635".to_owned(),
            ("delivery", "layouts", _) => "1".to_owned(),
            ("delivery", "results" | "desk", "id") => self.one(Issued, looks).await.result,
            ("payment", "orders", "id")
                if ends("receipt/replace")
                    || ends("refunds")
                    || ends("page/receipt")
                    || ends("page/refund") =>
            {
                self.one(Paid, looks).await.order
            }
            ("payment", "orders", "id") => self.one(Received, looks).await.order,
            ("payment", "receipts", "series") => self.one(Paid, looks).await.receipt.0,
            ("payment", "receipts", "number") => self.one(Paid, looks).await.receipt.1,
            ("payment", "refunds", "id") => self.refund().await,
            ("payment", "tills", "id") => self.once("till").await,
            ("payment", "gateways", "gateway") => "vnpay".to_owned(),
            ("payment" | "notification", "dossiers", "dossier") => {
                self.one(Received, looks).await.id
            }
            ("notification", "messages" | "inbox", "id") => self.once("message").await,
            ("notification", "webhooks", "id") => self.once("webhook").await,
            ("notification", "receipts", "provider") => "nobody".to_owned(),
            ("scan", "documents" | "papers", "id") => self.paper().await,
            ("scan", _, "page") => "1".to_owned(),
            ("scan", "uploads", "id") => self.upload().await,
            ("scan", "batches", "id") if !path.starts_with("/scan/batches/parts") => {
                self.once("batch").await
            }
            ("scan", "batches", _) => self.part().await,
            ("identity", "sessions", "id") => self.session().await,
            ("identity", "mandates", "id") => self.mandate().await,
            ("identity", "officers", "login") => OFFICER.to_owned(),
            // None is configured here, and a device that makes passkeys is not at hand: their own stories try whose is whose.
            ("identity", "oidc", "provider") => "nobody".to_owned(),
            ("identity", "passkeys", "id") => NOTHING.to_owned(),
            // Without their post the officer could do nothing in what is asked next.
            ("identity", "officers", "post") => NOTHING.to_owned(),
            // Nothing of the kind belongs to a citizen, and whoever may ask at all may ask for any.
            ("notification", "calls", "id")
            | ("payment", "discrepancies", "id")
            | ("notification", "unsubscribe", "token")
            | ("delivery", "parcels" | "desk", "number") => NOTHING.to_owned(),
            _ => panic!("say in things.rs what {{{name}}} of {path} is"),
        }
    }

    /// What the owner lets somebody do who has no account yet.
    async fn mandate(&mut self) -> String {
        let wanted = crate::ask::mandate();
        let given = self
            .acts(Caller::Owner, "/identity/mandates", &wanted)
            .await;
        id(&given, "mandate")
    }

    async fn part(&mut self) -> String {
        let batch = self.once("batch").await;
        let shown = self
            .sees(Caller::Officer, &format!("/scan/batches/{batch}"))
            .await;
        let part = shown["parts"][0]["id"].as_str();
        part.unwrap_or(NOTHING).to_owned()
    }

    /// A session of the owner's beside the one that asks.
    async fn session(&mut self) -> String {
        self.sign_in().await;
        let all: Value = self.sees(Caller::Owner, "/identity/sessions").await;
        let mut others = all.as_array().expect("sessions").iter();
        let other = others.rfind(|one| one["current"] == json!(false));
        other.map_or_else(|| NOTHING.to_owned(), |one| id(one, "id"))
    }
}

/// The first type that a service hears, one that nobody else hears if there is one, and whether it is addressed to it.
fn heard(service: &str) -> Option<(&'static str, bool)> {
    let all = all_in_one::services();
    let mine = all.iter().find(|one| one.name() == service)?.heard();
    let others: Vec<_> = all
        .iter()
        .filter(|one| one.name() != service)
        .flat_map(chassis::Service::heard)
        .collect();
    let alone = |wire: &&(&str, bool)| !others.iter().any(|other| other.0 == wire.0);
    mine.iter()
        .find(|wire| wire.1)
        .or_else(|| mine.iter().find(alone))
        .or_else(|| mine.first())
        .copied()
}
