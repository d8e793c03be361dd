//! What the team reads about talks. Pure.

use super::*;

fn where_it_is(place: Option<Place>, channel: Option<Snowflake>) -> String {
    match (place, channel) {
        (Some(Place::Direct), _) => "in direct messages".to_owned(),
        (_, Some(channel)) => format!("in <#{channel}>"),
        _ => "nowhere yet".to_owned(),
    }
}

pub fn offered(lang: Lang, session: &Session) -> Result<MessageBody> {
    let (Lang::En | Lang::De) = lang;
    let place = where_it_is(session.place, session.channel_id);
    let text = match session.opened_by {
        OpenedBy::Member => format!("<@{}> talks with Ash {place}.", session.member_id),
        _ => format!(
            "Ash has offered <@{}> a talk {place}. Nothing they wrote went to the AI so far.",
            session.member_id
        ),
    };
    let mut body = MessageBody::text(text);
    if session.place == Some(Place::Thread) {
        body.components =
            vec![row([make(ButtonStyle::Primary, "Join the conversation", actions::JOIN, session.session_id)?])];
    }
    Ok(body)
}

pub fn unreachable(lang: Lang, member: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => {
            format!("Ash could not reach <@{member}> privately, and said nothing. Please reach out yourself.")
        }
    }
}

pub fn opted_out(lang: Lang, member: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!("<@{member}> does not want Ash to write to them: human contact only."),
    }
}

pub fn failed(lang: Lang, session: &Session) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "Ash could not answer <@{}> {}: the AI did not answer. They were sent the resource card; please look after them.",
            session.member_id,
            where_it_is(session.place, session.channel_id)
        ),
    }
}

pub fn switched_off(lang: Lang, session: &Session) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "Ash was switched off while it talked with <@{}> {}. They were sent the resource card; please look after them.",
            session.member_id,
            where_it_is(session.place, session.channel_id)
        ),
    }
}

pub fn still_alone(lang: Lang, session: &Session) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "<@{}> has talked with Ash {} as long as that is good, and nobody of the team is there yet.",
            session.member_id,
            where_it_is(session.place, session.channel_id)
        ),
    }
}

pub fn silent(lang: Lang, session: &Session, human: Snowflake) -> String {
    match lang {
        Lang::En | Lang::De => format!(
            "<@{human}>: <@{}> wrote {} ten minutes ago, and nobody has answered.",
            session.member_id,
            where_it_is(session.place, session.channel_id)
        ),
    }
}

pub fn declined(lang: Lang, session: &Session, never: bool) -> String {
    let (Lang::En | Lang::De) = lang;
    match never {
        true => {
            format!("<@{}> does not want Ash to write to them any more: human contact only.", session.member_id)
        }
        false => format!("<@{}> does not want to talk with Ash now.", session.member_id),
    }
}

/// For whoever takes over: what there was, without a word of it.
pub fn context(lang: Lang, session: &Session, lasted: TimeDelta, path: &[Severity], earlier: u32) -> String {
    let (Lang::En | Lang::De) = lang;
    let path: Vec<&str> = path.iter().map(|one| one.name()).collect();
    format!(
        "Ash stopped talking with <@{}>. The talk lasted {} min, with {} messages of theirs. Severity: {}. Alerts in the 30 \
         days before: {earlier}.",
        session.member_id,
        lasted.num_minutes().max(1),
        session.message_count,
        if path.is_empty() { "SAFE".to_owned() } else { path.join(" → ") },
    )
}
