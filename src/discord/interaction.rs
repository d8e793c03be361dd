//! What Discord sends when somebody uses a command, a component or a modal, read leniently: unknown fields and types never fail.

use std::collections::BTreeMap;

use from_json::{FromJson, Value};
use relay_wire::Snowflake;
use twilight_model::{
    channel::message::{Embed, embed::EmbedField},
    guild::Permissions,
};
use twilight_util::builder::embed::{EmbedBuilder, EmbedFooterBuilder};

use super::read::Message;
use crate::{
    error::{Error, Result},
    lang::Lang,
};

/// The envelope, as sparse as it may come. PING has hardly more than `type`.
#[derive(FromJson)]
pub struct Envelope {
    /// Discord's number, see [`kind`]; one that is not known yet is answered, too.
    #[serde(rename = "type")]
    pub kind: u64,
    #[serde(default)]
    id: Snowflake,
    #[serde(default)]
    application_id: Snowflake,
    #[serde(default)]
    token: String,
    guild_id: Option<Snowflake>,
    channel_id: Option<Snowflake>,
    member: Option<MemberPart>,
    user: Option<UserPart>,
    locale: Option<String>,
    data: Option<Data>,
    message: Option<Value>,
}

#[derive(FromJson)]
struct MemberPart {
    user: Option<UserPart>,
    nick: Option<String>,
    permissions: Option<String>,
    #[serde(default)]
    roles: Vec<Snowflake>,
}

#[derive(FromJson)]
struct UserPart {
    id: Snowflake,
    #[serde(default)]
    username: String,
    global_name: Option<String>,
}

#[derive(Default, FromJson)]
struct Data {
    name: Option<String>,
    #[serde(rename = "type")]
    kind: Option<u64>,
    options: Option<Vec<CommandOption>>,
    target_id: Option<Snowflake>,
    custom_id: Option<String>,
    values: Option<Vec<String>>,
    components: Option<Vec<Value>>,
    resolved: Option<Value>,
}

#[derive(Clone, Debug, FromJson)]
struct CommandOption {
    name: String,
    #[serde(rename = "type")]
    kind: u64,
    #[serde(default)]
    value: Value,
    options: Option<Vec<CommandOption>>,
    #[serde(default)]
    focused: bool,
}

/// As much of an embed as the bot shows again. A reader of all that Discord may put there is 15 KB of the wasm.
#[derive(FromJson)]
struct EmbedPart {
    title: Option<String>,
    description: Option<String>,
    color: Option<u32>,
    footer: Option<FooterPart>,
    #[serde(default)]
    fields: Vec<FieldPart>,
}

#[derive(FromJson)]
struct FooterPart {
    text: String,
}

#[derive(FromJson)]
struct FieldPart {
    name: String,
    value: String,
    #[serde(default)]
    inline: bool,
}

pub mod kind {
    pub const PING: u64 = 1;
    pub const COMMAND: u64 = 2;
    pub const COMPONENT: u64 = 3;
    pub const AUTOCOMPLETE: u64 = 4;
    pub const MODAL: u64 = 5;
}

/// Who did what where: the part that every interaction has.
#[derive(Clone, Debug)]
pub struct Interaction {
    pub id: Snowflake,
    pub application_id: Snowflake,
    /// Opens the reply for 15 minutes; never logged.
    pub token: String,
    pub guild_id: Option<Snowflake>,
    pub channel_id: Option<Snowflake>,
    pub user_id: Snowflake,
    /// As the guild shows it.
    pub user_name: String,
    pub role_ids: Vec<Snowflake>,
    /// In this channel; empty in direct messages.
    pub permissions: Permissions,
    pub lang: Lang,
    /// Discord's own word for it: `en-GB`, `de`.
    pub locale: String,
    pub input: Input,
}

/// What was put in.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// The command's own name, as registered; a context menu's may hold spaces. Empty for components and modals.
    pub name: String,
    /// Discord's number for the command's kind: 1 slash, 2 on a member, 3 on a message.
    pub kind: u8,
    /// The command with its sub-commands, e.g. `ticket panel`.
    pub command: String,
    pub custom_id: String,
    /// What was chosen in a select menu.
    pub values: Vec<String>,
    /// The message or member of a context-menu command.
    pub target_id: Option<Snowflake>,
    /// That message itself, with its text.
    pub target_message: Option<Message>,
    /// The message whose component was used.
    pub message_id: Option<Snowflake>,
    /// Its embeds: what the bot itself wrote there.
    pub embeds: Vec<Embed>,
    /// The option that autocomplete is asked about.
    pub focused: Option<String>,
    options: BTreeMap<String, Value>,
    /// What the ids among them stand for.
    resolved: Value,
    fields: BTreeMap<String, Vec<String>>,
}

impl Envelope {
    pub fn open(self) -> Result<Interaction> {
        let (user, nick, permissions, role_ids) = match (self.member, self.user) {
            (Some(MemberPart { user: Some(user), nick, permissions, roles }), _) => (user, nick, permissions, roles),
            (_, Some(user)) => (user, None, None, vec![]),
            _ => return Err(Error::bug("an interaction without a user")),
        };
        let data = self.data.unwrap_or_default();
        let name = data.name.unwrap_or_default();
        let mut command = name.clone();
        let mut options = data.options.unwrap_or_default();
        // A sub-command (1) or its group (2) is the only option beside it.
        while let Some(at) = options.iter().position(|option| matches!(option.kind, 1 | 2)) {
            let sub = options.swap_remove(at);
            command = format!("{command} {}", sub.name);
            options = sub.options.unwrap_or_default();
        }
        let mut fields = BTreeMap::new();
        for component in &data.components.unwrap_or_default() {
            collect_fields(component, &mut fields);
        }
        Ok(Interaction {
            id: self.id,
            application_id: self.application_id,
            token: self.token,
            guild_id: self.guild_id,
            channel_id: self.channel_id,
            user_id: user.id,
            user_name: nick.or(user.global_name).unwrap_or(user.username),
            role_ids,
            permissions: permissions
                .and_then(|bits| bits.parse().ok())
                .map(Permissions::from_bits_truncate)
                .unwrap_or(Permissions::empty()),
            lang: Lang::of_locale(self.locale.as_deref().unwrap_or_default()).unwrap_or_default(),
            locale: self.locale.unwrap_or_default(),
            input: Input {
                name,
                // A slash command, unless it says otherwise.
                kind: data.kind.and_then(|kind| u8::try_from(kind).ok()).unwrap_or(1),
                command,
                custom_id: data.custom_id.unwrap_or_default(),
                values: data.values.unwrap_or_default(),
                target_id: data.target_id,
                target_message: data.target_id.and_then(|id| target_message(data.resolved.as_ref()?, id)),
                message_id: self.message.as_ref().and_then(|message| message.get("id")?.as_str()?.parse().ok()),
                embeds: self.message.as_ref().map(embeds_of).unwrap_or_default(),
                focused: options.iter().find(|option| option.focused).map(|option| option.name.clone()),
                options: options.into_iter().map(|option| (option.name, option.value)).collect(),
                resolved: data.resolved.unwrap_or_default(),
                fields,
            },
        })
    }
}

impl EmbedPart {
    fn open(self) -> Embed {
        let fields =
            self.fields.into_iter().map(|FieldPart { name, value, inline }| EmbedField { inline, name, value });
        Embed {
            title: self.title,
            description: self.description,
            color: self.color,
            footer: self.footer.map(|footer| EmbedFooterBuilder::new(footer.text).build()),
            fields: fields.collect(),
            ..EmbedBuilder::new().build()
        }
    }
}

impl Interaction {
    /// The guild it happened in; a kind refusal in direct messages.
    pub fn guild(&self) -> Result<Snowflake> {
        self.guild_id.ok_or_else(|| {
            Error::user(match self.lang {
                Lang::En => "This works inside a server only.",
                Lang::De => "Das geht nur in einem Server.",
            })
        })
    }

    /// Refuses who lacks the permission; administrators have every one.
    pub fn require(&self, permission: Permissions, named: &str) -> Result<()> {
        if self.permissions.contains(permission) || self.permissions.contains(Permissions::ADMINISTRATOR) {
            return Ok(());
        }
        Err(Error::user(match self.lang {
            Lang::En => format!("You need the permission **{named}** for this."),
            Lang::De => format!("Dafür brauchst du die Berechtigung **{named}**."),
        }))
    }
}

impl Input {
    /// A user, channel, role or mentionable option.
    pub fn id(&self, name: &str) -> Option<Snowflake> {
        self.text(name)?.parse().ok()
    }

    pub fn text(&self, name: &str) -> Option<&str> {
        self.options.get(name)?.as_str()
    }

    /// An option's file: its address, and its size in bytes.
    pub fn file(&self, name: &str) -> Option<(&str, u64)> {
        let file = self.resolved.get("attachments")?.get(self.text(name)?)?;
        Some((file.get("url")?.as_str()?, file.get("size")?.as_u64()?))
    }

    pub fn integer(&self, name: &str) -> Option<i64> {
        self.options.get(name)?.as_i64()
    }

    pub fn number(&self, name: &str) -> Option<f64> {
        self.options.get(name)?.as_f64()
    }

    pub fn boolean(&self, name: &str) -> Option<bool> {
        self.options.get(name)?.as_bool()
    }

    /// Whether a modal's box is ticked; a box that is not there is not.
    pub fn is_ticked(&self, custom_id: &str) -> bool {
        self.field(custom_id) == Some("true")
    }

    /// What was written into a modal's field.
    pub fn field(&self, custom_id: &str) -> Option<&str> {
        self.fields.get(custom_id)?.first().map(String::as_str)
    }
}

/// None for one that cannot be read: the command says so then.
fn target_message(resolved: &Value, id: Snowflake) -> Option<Message> {
    Message::from_json(resolved.get("messages")?.get(id.to_string())?).ok()
}

fn embeds_of(message: &Value) -> Vec<Embed> {
    let embeds = message.get("embeds").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    embeds.iter().filter_map(|embed| EmbedPart::from_json(embed).ok()).map(EmbedPart::open).collect()
}

/// A modal's fields lie in labels or action rows. Discord nests no deeper; what does is ignored.
fn collect_fields(component: &Value, fields: &mut BTreeMap<String, Vec<String>>) {
    let inner = component.get("components").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    for one in inner.iter().chain(component.get("component")).chain([component]) {
        let Some(id) = one.get("custom_id").and_then(Value::as_str) else {
            continue;
        };
        let several = one.get("values").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let values = one.get("value").into_iter().chain(several).filter_map(|value| match value {
            Value::Bool(ticked) => Some(ticked.to_string()),
            value => value.as_str().map(str::to_owned),
        });
        fields.insert(id.to_owned(), values.collect());
    }
}
