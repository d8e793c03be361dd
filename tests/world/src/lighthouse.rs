//! What the dashboard shows on this machine: the guild "Lighthouse", and an account for each role.

use std::io;

use sqlx::{AssertSqlSafe, PgPool};

use crate::{
    auth,
    discord::ids::Id,
    seed::{FRESH_START, HARBOUR, LIGHTHOUSE, user},
    supabase,
};

pub struct Account {
    pub email: &'static str,
    pub password: &'static str,
    /// For a person, in a few words.
    pub sees: &'static str,
    staff: &'static [(Id, Id, &'static str)],
}

/// Opens nothing but this stand-in.
const PASSWORD: &str = "lighthouse";

pub const ACCOUNTS: [Account; 4] = [
    Account {
        email: "manager@local.example",
        password: PASSWORD,
        sees: "numbers and tickets of Lighthouse and Harbour",
        staff: &[(LIGHTHOUSE, user::MANAGER, "manager"), (HARBOUR, user::MANAGER, "manager")],
    },
    Account {
        email: "crt@local.example",
        password: PASSWORD,
        sees: "care of Lighthouse and Harbour",
        staff: &[(LIGHTHOUSE, user::RESPONDER, "crt"), (HARBOUR, user::RESPONDER, "crt")],
    },
    Account {
        email: "admin@local.example",
        password: PASSWORD,
        sees: "everything of Lighthouse, Harbour and the empty Fresh Start; lighthouse-keeper opens Admin",
        staff: &[
            (LIGHTHOUSE, user::ADMIN, "admin"),
            (HARBOUR, user::ADMIN, "admin"),
            // A member there: who is none has no rights.
            (FRESH_START, user::OWNER, "admin"),
        ],
    },
    Account { email: "nobody@local.example", password: PASSWORD, sees: "nothing: nobody's staff", staff: &[] },
];

/// Writes both into the database, once; accounts that are there keep what they have.
///
/// # Errors
/// The database does not answer, or its tables are others.
pub async fn settle(database_url: &str) -> io::Result<&'static [Account]> {
    let pool = supabase::pool(database_url)?;
    people(&pool).await?;
    let there = format!("select exists (select from public.discord_users where guild_id = {LIGHTHOUSE})");
    let there: bool = sqlx::query_scalar(AssertSqlSafe(there)).fetch_one(&pool).await.map_err(io::Error::other)?;
    if !there {
        // One transaction, so that a start that is interrupted leaves nothing half done.
        let rows = format!("begin; {} commit;", include_str!("../sql/lighthouse.sql"));
        sqlx::raw_sql(AssertSqlSafe(rows)).execute(&pool).await.map_err(io::Error::other)?;
    }
    Ok(&ACCOUNTS)
}

async fn people(pool: &PgPool) -> io::Result<()> {
    for account in &ACCOUNTS {
        let id = auth::add_account(pool, account.email, account.password).await?;
        for (guild, user, role) in account.staff {
            let sql = "insert into public.staff (guild_id, user_id, role, auth_user_id)
                values ($1::text::bigint, $2::text::bigint, $3, $4::uuid) on conflict do nothing";
            sqlx::query(sql)
                .bind(guild.to_string())
                .bind(user.to_string())
                .bind(role)
                .bind(&id)
                .execute(pool)
                .await
                .map_err(io::Error::other)?;
        }
    }
    Ok(())
}
