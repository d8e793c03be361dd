//! The administrator's desk as conversations: somebody signs in at the local Supabase Auth and presses what the dashboard has.

mod doors;
mod panel;
mod pause;
mod probe;

use community_os::edge::Time;
use http::Request;
use serde_json::{Value, json};
use world::{
    defaults,
    discord::Id,
    seed::{HARBOUR, user},
};

use crate::harness::Bot;

/// A person at the desk.
pub struct Desk {
    pub token: String,
    pub step_up: Option<String>,
}

/// Signs in with a new account that is `role` in [`HARBOUR`].
pub async fn signed_in(bot: &Bot, member: Id, role: &str) -> Desk {
    signed_in_as(bot, &format!("{role}@harbour.example"), member, role).await
}

pub async fn signed_in_as(bot: &Bot, email: &str, member: Id, role: &str) -> Desk {
    let account = bot.world.add_account(email, "a long password").await.unwrap();
    let row = json!({"guild_id": HARBOUR, "user_id": member, "role": role, "auth_user_id": account});
    bot.cx().supabase.insert("staff", &[row], None).await.unwrap();
    let url = format!("{}/auth/v1/token?grant_type=password", bot.world.urls().supabase);
    let request = reqwest::Client::new().post(url).header("apikey", defaults::SUPABASE_PUBLISHABLE_KEY);
    let body = json!({"email": email, "password": "a long password"});
    let answer = request.header("content-type", "application/json").body(body.to_string()).send().await.unwrap();
    let session: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    Desk { token: session["access_token"].as_str().unwrap().to_owned(), step_up: None }
}

/// The same, past the second lock.
pub async fn at_the_desk(bot: &Bot) -> Desk {
    let mut desk = signed_in(bot, user::ADMIN, "admin").await;
    let (status, body) = desk.asks(bot, "step-up", json!({"password": defaults::ADMIN_PASSWORD})).await;
    assert_eq!(status, 200, "{body}");
    desk.step_up = Some(body["token"].as_str().unwrap().to_owned());
    desk
}

impl Desk {
    pub async fn asks(&self, bot: &Bot, what: &str, body: Value) -> (u16, Value) {
        self.asks_at(bot, what, body, bot.world_now()).await
    }

    pub async fn asks_at(&self, bot: &Bot, what: &str, mut body: Value, at: Time) -> (u16, Value) {
        if body.get("guild").is_none() {
            body["guild"] = json!(HARBOUR);
        }
        let mut request =
            Request::post(format!("/admin/{what}")).header("authorization", format!("Bearer {}", self.token));
        if let Some(step_up) = &self.step_up {
            request = request.header("x-admin-step-up", step_up);
        }
        let outcome = bot.app.handle(request.body(body.to_string().into_bytes()).unwrap(), at).await;
        community_os::app::run(outcome.after).await;
        assert_eq!(outcome.response.headers()["cache-control"], "no-store");
        (outcome.response.status().as_u16(), serde_json::from_slice(outcome.response.body()).unwrap())
    }
}
