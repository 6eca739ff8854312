use super::*;

fn config(url: &str, from: &str) -> config::Mail {
    config::Mail {
        url: url.to_owned(),
        from: from.to_owned(),
        timeout_seconds: 1,
        rest_seconds: 1,
        ..config::Mail::default()
    }
}

fn mail(address: &str) -> Mail {
    Mail {
        id: Uuid::from_u128(7),
        name: "Nguyễn Thị Ví Dụ".to_owned(),
        address: address.to_owned(),
        subject: "Đã có kết quả – hồ sơ H15-261008-0001".to_owned(),
        text: "Kính gửi".to_owned(),
        html: None,
        unsubscribe: None,
        attachment: None,
        written_at: DateTime::UNIX_EPOCH,
    }
}

async fn refusal(url: &str, from: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let opened = Mailer::open(&config(url, from), folder.path().join("mail")).await;
    opened.err().map(|error| error.to_string())
}

#[tokio::test]
async fn a_wrong_configuration_is_refused_by_key_and_without_its_password() {
    let from = "Một Cửa <a@example.vn>";
    for url in [
        "",
        "smtp://h:25",
        "smtp://u:p@h?tls=required",
        "smtps://u:p@h",
        "smtps://h:465",
    ] {
        assert_eq!(refusal(url, from).await, None, "{url}");
    }
    for url in [
        "http://u:secret@h",
        "smtp://",
        "h:25",
        "smtp://u:secret@h?tls=perhaps",
    ] {
        let reason = refusal(url, from).await.unwrap();
        assert!(
            reason.contains("NOTIFICATION__SMTP__URL") && !reason.contains("secret"),
            "{reason}"
        );
    }
    assert!(
        refusal("", "nobody")
            .await
            .unwrap()
            .contains("NOTIFICATION__SMTP__FROM")
    );
}

async fn written(config: &config::Mail, mail: Mail) -> Result<String, Untaken> {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::open(config, folder.path().to_owned())
        .await
        .unwrap();
    let path = folder.path().join(format!("{}.eml", mail.id));
    mailer.send(mail, DateTime::UNIX_EPOCH).await?;
    Ok(std::fs::read_to_string(path).unwrap())
}

#[tokio::test]
async fn a_mail_has_its_html_its_file_and_its_way_out() {
    let slip = File {
        name: "Giấy tiếp nhận.pdf".into(),
        media_type: "application/pdf".into(),
        bytes: b"%PDF-1.7 slip".to_vec(),
    };
    let whole = || Mail {
        html: Some("<p>Kính gửi</p>".into()),
        unsubscribe: Some("https://mot-cua.example.vn/notification/unsubscribe?token=abc".into()),
        attachment: Some(slip.clone()),
        ..mail("vi.du@example.vn")
    };
    let config = config("", "a@example.vn");
    let text = written(&config, whole()).await.unwrap();
    assert_eq!(
        text,
        written(&config, whole()).await.unwrap(),
        "the same mail is the same bytes"
    );
    assert!(text.contains("\r\nList-Unsubscribe: <https://mot-cua.example.vn/notification/unsubscribe?token=abc>\r\n"), "{text}");
    assert!(text.contains("\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
    let read = mailparse::parse_mail(text.as_bytes()).unwrap();
    let kinds: Vec<&str> = read
        .parts()
        .map(|part| part.ctype.mimetype.as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "multipart/mixed",
            "multipart/alternative",
            "text/plain",
            "text/html",
            "application/pdf"
        ]
    );
    let parts: Vec<_> = read.parts().collect();
    assert_eq!(parts[2].get_body().unwrap().trim(), "Kính gửi");
    assert_eq!(parts[3].get_body().unwrap().trim(), "<p>Kính gửi</p>");
    assert_eq!(parts[4].get_body_raw().unwrap(), slip.bytes);
    let name = parts[4].get_content_disposition();
    assert_eq!(
        name.params.get("filename").map(String::as_str),
        Some("Giấy tiếp nhận.pdf")
    );
    for (html, attachment, kind) in [
        (true, false, "multipart/alternative"),
        (false, true, "multipart/mixed"),
    ] {
        let mut mail = whole();
        mail.html = mail.html.filter(|_| html);
        mail.attachment = mail.attachment.filter(|_| attachment);
        let text = written(&config, mail).await.unwrap();
        assert_eq!(
            mailparse::parse_mail(text.as_bytes())
                .unwrap()
                .ctype
                .mimetype,
            kind
        );
    }
}

#[tokio::test]
async fn what_cannot_stand_in_a_mail_is_our_mistake() {
    for address in [
        "http://example.vn",
        "https://a>\r\nBcc: c@d",
        "https://ví.dụ/",
        "https://a,b",
    ] {
        let wrong = Mail {
            unsubscribe: Some(address.into()),
            ..mail("vi.du@example.vn")
        };
        let refused = written(&config("", "a@example.vn"), wrong).await;
        assert!(matches!(refused, Err(Untaken::Malformed(_))), "{address}");
    }
}

#[tokio::test]
async fn a_files_name_cannot_add_a_header() {
    let named = Mail {
        attachment: Some(File {
            name: "a\r\nBcc: c@example.vn\r\n\r\n\".pdf".into(),
            media_type: "application/pdf".into(),
            bytes: b"%PDF".to_vec(),
        }),
        ..mail("vi.du@example.vn")
    };
    let text = written(&config("", "a@example.vn"), named).await.unwrap();
    assert!(!text.contains("\nBcc"), "{text}");
    let read = mailparse::parse_mail(text.as_bytes()).unwrap();
    assert_eq!(read.parts().count(), 3);
    assert!(
        read.subparts
            .iter()
            .all(|part| part.headers.iter().all(|header| header.get_key() != "Bcc"))
    );
}

#[tokio::test]
async fn a_mail_is_signed_and_comes_back_to_its_own_address() {
    let mut config = config("", "a@example.vn");
    config.dkim = config::Dkim {
        key: include_str!("dkim_test_key.pem").into(),
        domain: "example.vn".into(),
        selector: "s1".into(),
    };
    let text = written(&config, mail("vi.du@example.vn")).await.unwrap();
    assert!(
        text.starts_with("DKIM-Signature: v=1; a=rsa-sha256;"),
        "{text}"
    );
    assert_eq!(
        text.matches("\r\nMIME-Version: 1.0\r\n").count(),
        1,
        "{text}"
    );
    config.bounces = "bounces@example.vn".into();
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::open(&config, folder.path().to_owned())
        .await
        .unwrap();
    let message = mailer
        .compose(
            mail("vi.du@example.vn"),
            "vi.du@example.vn".parse().unwrap(),
        )
        .unwrap();
    let from = message.envelope().from().unwrap().to_string();
    assert_eq!(from, format!("bounces+{}@example.vn", Uuid::from_u128(7)));
    config.bounces = "nobody".into();
    assert!(
        Mailer::open(&config, folder.path().to_owned())
            .await
            .is_err()
    );
}

#[test]
fn a_wrong_password_is_nobodys_address() {
    for code in [550, 551, 552, 553, 554, 556] {
        assert!(
            matches!(told(Untaken::Answered(code)), NotTaken::Refused { .. }),
            "{code}"
        );
    }
    for code in [421, 454, 500, 502, 503, 530, 534, 535, 538, 0, 354] {
        assert!(
            matches!(told(Untaken::Answered(code)), NotTaken::Down { .. }),
            "{code}"
        );
    }
    assert!(matches!(
        told(Untaken::Answered(450)),
        NotTaken::Later { .. }
    ));
}

#[tokio::test]
async fn the_same_mail_is_the_same_file() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::open(&config("", "a@example.vn"), folder.path().to_owned())
        .await
        .unwrap();
    let path = folder.path().join(format!("{}.eml", Uuid::from_u128(7)));
    let mut files = Vec::new();
    for _ in 0..2 {
        mailer
            .send(mail("vi.du@example.vn"), DateTime::UNIX_EPOCH)
            .await
            .unwrap();
        files.push(std::fs::read_to_string(&path).unwrap());
    }
    assert_eq!(files[0], files[1]);
    assert!(
        files[0].contains(&format!("Message-ID: <{}@example.vn>", Uuid::from_u128(7))),
        "{}",
        files[0]
    );
    assert!(files[0].contains("Auto-Submitted: auto-generated"));
    assert!(files[0].contains("Date: Thu, 01 Jan 1970 00:00:00 +0000"));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn what_is_no_address_is_refused_and_cannot_add_a_header() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = Mailer::open(&config("", "a@example.vn"), folder.path().to_owned())
        .await
        .unwrap();
    for address in ["", "nobody", "a@b\r\nBcc: c@d", "a b@c", "đ@example.vn"] {
        let refused = mailer.send(mail(address), DateTime::UNIX_EPOCH).await;
        assert!(
            matches!(refused, Err(Untaken::Answered(NO_SUCH_ADDRESS))),
            "{address:?}"
        );
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
