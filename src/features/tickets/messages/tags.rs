//! What staff read when they write, post and list canned answers.

use crate::{
    discord::{
        components::{TextField, cut, escaped},
        custom_id::CustomId,
        message::{MessageBody, colour, said},
    },
    error::Result,
    features::tickets::{actions, tags::Tag},
    lang::Lang,
    reply::Modal,
};

/// As `ticket_tags` holds them; a message takes as much.
pub const MAX_NAME: u16 = 40;
const MAX_CONTENT: u16 = 2_000;
/// Of an embed's description.
const MAX_TEXT: usize = 4_000;
/// Of an answer, in the list.
const MAX_SHOWN: usize = 60;

/// `content`: the answer as it is, to be changed.
pub fn form(lang: Lang, name: String, content: Option<String>) -> Result<Modal> {
    let (Lang::En | Lang::De) = lang;
    let fields = [
        TextField {
            custom_id: "name",
            label: "Name",
            help: Some("Short; it is what you type after /tag use. The same name again changes the answer."),
            long: false,
            required: true,
            max_length: MAX_NAME,
            value: Some(name),
        },
        TextField {
            custom_id: "content",
            label: "Answer",
            help: Some("Posted as it is, Markdown too. It pings nobody."),
            long: true,
            required: true,
            max_length: MAX_CONTENT,
            value: content,
        },
    ];
    Ok(Modal {
        custom_id: CustomId::write(actions::TAG_FORM, &[])?,
        title: "Canned answer".to_owned(),
        components: fields.into_iter().map(TextField::build).collect(),
    })
}

pub fn list(lang: Lang, tags: &[Tag]) -> MessageBody {
    let (Lang::En | Lang::De) = lang;
    if tags.is_empty() {
        return said("There are no canned answers yet. `/tag set` writes the first one.", colour::INFO);
    }
    let (mut lines, mut length) = (vec![], 0);
    for tag in tags {
        let first = tag.content.lines().next().unwrap_or_default();
        let start = cut(first, MAX_SHOWN);
        let more = if start.len() < tag.content.len() { " …" } else { "" };
        let line = format!("**{}**: {}{more}", escaped(&tag.name), escaped(&start));
        length += line.chars().count() + 1;
        if length > MAX_TEXT - 100 {
            break;
        }
        lines.push(line);
    }
    let left = tags.len() - lines.len();
    if left > 0 {
        lines.push(format!("… and {left} more, which `/tag use` finds while you type."));
    }
    said(lines.join("\n"), colour::INFO)
}

pub fn posted(lang: Lang, name: &str) -> String {
    match lang {
        Lang::En | Lang::De => format!("**{}** is posted.", escaped(name)),
    }
}

pub fn kept(lang: Lang, name: &str) -> String {
    match lang {
        Lang::En | Lang::De => format!("**{0}** is kept. `/tag use` posts it in a ticket.", escaped(name)),
    }
}

pub fn deleted(lang: Lang, name: &str) -> String {
    match lang {
        Lang::En | Lang::De => format!("**{}** is deleted.", escaped(name)),
    }
}

pub fn no_such_tag(lang: Lang, name: &str) -> String {
    match lang {
        Lang::En | Lang::De => {
            format!("There is no canned answer **{}**. `/tag list` shows them.", escaped(&cut(name, 100)))
        }
    }
}

pub fn incomplete(lang: Lang) -> &'static str {
    match lang {
        Lang::En | Lang::De => "Please write a name of at most 40 characters and the answer.",
    }
}

pub fn too_many(lang: Lang, most: usize) -> String {
    match lang {
        Lang::En | Lang::De => format!("A server keeps at most {most} canned answers. `/tag delete` makes room."),
    }
}
