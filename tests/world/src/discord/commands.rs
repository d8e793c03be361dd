//! Application commands as they were registered.

use serde_json::{Value, json};

use super::{ids::Id, state::State};

#[derive(Clone, Debug)]
pub struct Command {
    pub id: Id,
    pub guild_id: Option<Id>,
    /// 1 slash, 2 user menu, 3 message menu.
    pub kind: u64,
    pub name: String,
    /// The definition, with Discord's defaults filled in.
    pub json: Value,
}

/// How many commands of a type a scope holds.
pub fn most(kind: u64) -> usize {
    if kind == 1 { 100 } else { 15 }
}

impl Command {
    /// From a definition that was checked.
    pub fn new(id: Id, application: Id, guild_id: Option<Id>, definition: &Value, version: Id) -> Self {
        let kind = definition.get("type").and_then(Value::as_u64).unwrap_or(1);
        let name = definition.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
        let field = |name: &str, default: Value| definition.get(name).cloned().unwrap_or(default);
        let mut json = json!({
            "id": id, "application_id": application, "version": version, "type": kind, "name": name,
            "description": field("description", json!("")),
            "default_member_permissions": field("default_member_permissions", Value::Null),
            "name_localizations": field("name_localizations", Value::Null),
            "description_localizations": field("description_localizations", Value::Null),
            "nsfw": field("nsfw", json!(false)),
            "integration_types": field("integration_types", json!([0])),
            "contexts": field("contexts", Value::Null),
            "dm_permission": field("dm_permission", json!(true)),
        });
        if let Some(fields) = json.as_object_mut() {
            if let Some(options) = definition.get("options").filter(|options| options.is_array()) {
                fields.insert("options".to_owned(), options.clone());
            }
            if let Some(guild) = guild_id {
                fields.insert("guild_id".to_owned(), json!(guild));
            }
        }
        Self { id, guild_id, kind, name, json }
    }

    /// What a member needs to see it, if the command says so.
    pub fn needed(&self) -> Option<u64> {
        self.json.get("default_member_permissions")?.as_str()?.parse().ok()
    }

    /// Whether it may be used in a DM with the bot.
    pub fn in_dms(&self) -> bool {
        if self.guild_id.is_some() {
            return false;
        }
        match self.json.get("contexts").and_then(Value::as_array) {
            Some(contexts) => contexts.contains(&json!(1)),
            None => self.json.get("dm_permission") != Some(&json!(false)),
        }
    }

    pub fn in_guilds(&self) -> bool {
        let contexts = self.json.get("contexts").and_then(Value::as_array);
        contexts.is_none_or(|contexts| contexts.contains(&json!(0)))
    }
}

impl State {
    pub fn commands_of(&self, guild: Option<Id>) -> impl Iterator<Item = &Command> {
        self.commands.iter().filter(move |one| one.guild_id == guild)
    }

    /// The command that a name means in a guild (its own before the global ones) or in a DM.
    pub fn command(&self, guild: Option<Id>, kind: u64, name: &str) -> Option<&Command> {
        let fits = |one: &&Command| one.kind == kind && one.name == name;
        let own = guild.and_then(|guild| self.commands_of(Some(guild)).find(fits));
        own.or_else(|| self.commands_of(None).find(fits))
    }
}
