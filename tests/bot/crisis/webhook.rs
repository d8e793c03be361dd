//! A guild's own webhook hears of alerts, without text and name, and can tell that it was us.

use chrono::TimeDelta;
use community_os::seal::hmac;
use serde_json::{Value, json};
use world::seed::{self, channel, user};

use super::{all_alerts, finds, listener::Listener, live};
use crate::harness::{Bot, now};

async fn choose(bot: &Bot, url: &str) -> String {
    bot.command(user::ADMIN, channel::STAFF, "crisis webhook", json!({"url": url})).await.text()
}

#[tokio::test]
async fn an_alert_is_told_signed_and_without_words_or_names() {
    let bot = live().await;
    let receiver = Listener::start().await;
    let said = choose(&bot, &receiver.url).await;
    let secret = said.split('`').nth(1).unwrap().to_owned();
    finds(&bot, "lantern", "high");
    let (message, _) = bot.says(user::MEMBER, channel::VENT, "a lantern in the fog").await;
    assert_eq!((all_alerts(&bot).len(), receiver.heard().len()), (1, 0), "the alert waits for nobody");

    receiver.answers(500);
    bot.ticks(now()).await;
    receiver.answers(200);
    bot.ticks(now() + TimeDelta::minutes(1)).await;
    bot.ticks(now() + TimeDelta::minutes(9)).await;
    let heard = receiver.heard();
    assert_eq!(heard.len(), 2, "once refused, once taken");
    assert_eq!(heard[0].0["x-ash-delivery"], heard[1].0["x-ash-delivery"]);
    let (headers, body) = &heard[1];
    let signed = format!("{}.{body}", headers["x-ash-timestamp"].to_str().unwrap());
    let expected = format!("v1={}", hex::encode(hmac(secret.as_bytes(), signed.as_bytes())));
    assert_eq!(headers["x-ash-signature"].to_str().unwrap(), expected);
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        (&body["v"], &body["event"], &body["severity"], &body["status"]),
        (&json!(1), &json!("alert.posted"), &json!("HIGH"), &json!("OPEN"))
    );
    let link = format!("https://discord.com/channels/{}/{}/{}", seed::HARBOUR, channel::VENT, message.id);
    assert_eq!(body["link"], link);
    let text = body.to_string();
    assert!(
        !text.contains("lantern") && !text.contains("Member") && !text.contains(&user::MEMBER.to_string()),
        "{text}"
    );
}

#[tokio::test]
async fn only_admins_choose_it_and_only_https_is_taken() {
    let bot = live().await;
    let refused =
        bot.command(user::RESPONDER, channel::STAFF, "crisis webhook", json!({"url": "https://example.org/x"}));
    assert!(refused.await.text().contains("Only an administrator"));
    for wrong in ["http://example.org/x", "ftp://example.org", "https://127.0.0.1/x", "https://localhost/x", "nonsense"]
    {
        assert!(choose(&bot, wrong).await.contains("starts with `https://`"), "{wrong}");
    }
    assert!(choose(&bot, "https://example.org/x").await.contains("shown this once"));
    let gone = bot.command(user::ADMIN, channel::STAFF, "crisis webhook", json!({})).await;
    assert!(gone.text().contains("no webhook any more"));
}
