//! Per-guild settings: features declare theirs, `/setup` shows them, everything reads them through a short-lived copy.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    rc::Rc,
};

use chrono::TimeDelta;
use from_json::{FromJson, Value, json};
use relay_wire::Snowflake;

use crate::{
    clients::supabase::{Filter, OnConflict},
    context::Cx,
    edge::Time,
    error::{Error, Result},
    lang::Lang,
};

/// How old the copy in memory may get. DESIGN section 1 allows 10 s.
const MAX_AGE: TimeDelta = TimeDelta::seconds(10);
const MAX_GUILDS_IN_MEMORY: usize = 1_000;
/// Discord's limit for what is chosen in one menu.
pub const MAX_IDS: usize = 25;

/// One thing that a guild can choose.
pub struct Setting {
    /// `feature.name`, as stored in `guild_settings.key`.
    pub key: &'static str,
    pub kind: Kind,
    /// Shown in `/setup`: a short name and one sentence.
    pub label: fn(Lang) -> &'static str,
    pub help: fn(Lang) -> &'static str,
}

pub enum Kind {
    Switch {
        default: bool,
    },
    Number {
        default: f64,
        min: f64,
        max: f64,
    },
    Text {
        default: &'static str,
        max_length: u16,
    },
    /// Text of a certain form, or nothing. Who writes something else is shown the example.
    Formed {
        max_length: u16,
        fits: fn(&str) -> bool,
        example: &'static str,
    },
    Channel,
    /// A category of channels.
    Category,
    /// Several; a thread belongs to its channel.
    Channels,
    Role,
}

impl Setting {
    pub fn default_value(&self) -> Value {
        match self.kind {
            Kind::Switch { default } => json!(default),
            Kind::Number { default, .. } => json!(default),
            Kind::Text { default, .. } => json!(default),
            Kind::Formed { .. } => json!(""),
            Kind::Channels => json!([]),
            Kind::Channel | Kind::Category | Kind::Role => Value::Null,
        }
    }

    /// Reads what a person typed or chose. The error names the mend.
    pub fn read(&self, text: &str, lang: Lang) -> Result<Value> {
        let text = text.trim();
        let read = match self.kind {
            Kind::Switch { .. } => match text {
                "on" => Some(json!(true)),
                "off" => Some(json!(false)),
                _ => None,
            },
            Kind::Number { min, max, .. } => {
                let number: Option<f64> = text.replace(',', ".").parse().ok();
                number.filter(|number| (min..=max).contains(number)).map(|number| json!(number))
            }
            Kind::Text { max_length, .. } => (text.chars().count() <= usize::from(max_length)).then(|| json!(text)),
            Kind::Formed { max_length, fits, .. } => {
                let right = text.is_empty() || (text.chars().count() <= usize::from(max_length) && fits(text));
                right.then(|| json!(text))
            }
            Kind::Channels => read_ids(text),
            Kind::Channel | Kind::Category | Kind::Role => text.parse::<Snowflake>().ok().map(|id| json!(id)),
        };
        read.ok_or_else(|| {
            Error::user(match (lang, &self.kind) {
                (Lang::En, Kind::Switch { .. }) => "Please choose **on** or **off**.".to_owned(),
                (Lang::En, Kind::Number { min, max, .. }) => {
                    format!("Please write a number from {min} to {max}, for example `{max}`.")
                }
                (Lang::En, Kind::Text { max_length, .. }) => format!("Please write at most {max_length} characters."),
                (Lang::En, Kind::Formed { example, .. }) => {
                    format!("I could not read that. Please write it like this, or leave it empty: `{example}`.")
                }
                (Lang::En, Kind::Channels) => format!("Please choose at most {MAX_IDS} from the list."),
                (Lang::En, Kind::Channel | Kind::Category | Kind::Role) => {
                    "Please choose one from the list.".to_owned()
                }
            })
        })
    }
}

/// Ids with commas between them, in one order and each once; nothing is an empty list.
fn read_ids(text: &str) -> Option<Value> {
    let ids: BTreeSet<Snowflake> =
        text.split(',').filter(|id| !id.is_empty()).map(|id| id.parse().ok()).collect::<Option<_>>()?;
    (ids.len() <= MAX_IDS).then(|| json!(ids))
}

/// What one guild chose. Missing means the default.
#[derive(Clone, Default)]
pub struct Settings(HashMap<String, Value>);

impl Settings {
    pub fn value(&self, setting: &Setting) -> Value {
        self.0.get(setting.key).cloned().unwrap_or_else(|| setting.default_value())
    }

    pub fn is_default(&self, setting: &Setting) -> bool {
        !self.0.contains_key(setting.key)
    }

    pub fn number(&self, setting: &Setting) -> f64 {
        self.value(setting).as_f64().or_else(|| setting.default_value().as_f64()).unwrap_or_default()
    }

    pub fn switch(&self, setting: &Setting) -> bool {
        self.value(setting).as_bool().or_else(|| setting.default_value().as_bool()).unwrap_or_default()
    }

    pub fn text(&self, setting: &Setting) -> String {
        self.value(setting).as_str().unwrap_or_default().to_owned()
    }

    /// A chosen channel, category or role.
    pub fn id(&self, setting: &Setting) -> Option<Snowflake> {
        self.value(setting).as_str()?.parse().ok()
    }
}

/// Copies of guilds' settings, at most [`MAX_AGE`] old.
#[derive(Default)]
pub struct SettingsCache(RefCell<HashMap<Snowflake, (Time, Rc<Settings>)>>);

impl SettingsCache {
    /// A guild's copy whatever its age: better than nothing while the store is down.
    pub fn last(&self, guild: Snowflake) -> Option<Rc<Settings>> {
        self.0.borrow().get(&guild).map(|(_, settings)| settings.clone())
    }

    /// Changes the copy as the store was changed, so that a save need not be read back.
    fn change(&self, guild: Snowflake, change: impl FnOnce(&mut HashMap<String, Value>) -> Option<Value>) {
        if let Some((_, settings)) = self.0.borrow_mut().get_mut(&guild) {
            change(&mut Rc::make_mut(settings).0);
        }
    }
}

#[derive(FromJson)]
struct Row {
    key: String,
    value: Value,
}

/// A guild's settings, from memory if fresh.
pub async fn load(cx: &Cx, guild: Snowflake) -> Result<Rc<Settings>> {
    if let Some((read_at, settings)) = cx.settings.0.borrow().get(&guild)
        && cx.now - *read_at < MAX_AGE
    {
        return Ok(settings.clone());
    }
    let rows: Vec<Row> = cx.supabase.select("guild_settings", "key,value", &[Filter::eq("guild_id", guild)]).await?;
    let settings = Rc::new(Settings(rows.into_iter().map(|row| (row.key, row.value)).collect()));
    let mut cache = cx.settings.0.borrow_mut();
    if cache.len() >= MAX_GUILDS_IN_MEMORY {
        cache.clear();
    }
    cache.insert(guild, (cx.now, settings.clone()));
    Ok(settings)
}

/// Stores a choice; other isolates see it within [`MAX_AGE`].
pub async fn save(cx: &Cx, guild: Snowflake, setting: &Setting, value: Value, actor: Snowflake) -> Result<()> {
    let row = json!({
        "guild_id": guild, "key": setting.key, "value": value, "updated_by": actor, "updated_at": cx.now,
    });
    cx.supabase.insert("guild_settings", &[row], Some(OnConflict::Replace("guild_id,key"))).await?;
    cx.settings.change(guild, |settings| settings.insert(setting.key.to_owned(), value));
    Ok(())
}

/// Notes that a setting cannot do what it should, or (None) that it can again.
pub async fn note_problem(cx: &Cx, guild: Snowflake, setting: &Setting, problem: Option<&str>) -> Result<()> {
    note_trouble(cx, guild, setting.key, problem).await
}

/// The same of what no setting is to blame for: `key` is `feature.part`. Said in the log when it is new, and in `/setup`
/// and health until it is mended.
pub async fn note_trouble(cx: &Cx, guild: Snowflake, key: &str, problem: Option<&str>) -> Result<()> {
    let mut arguments = json!({"guild_id": guild, "key": key, "at": cx.now});
    // What is not there is left out: the local PostgREST reads a null argument as an empty text.
    if let (Some(problem), Some(fields)) = (problem, arguments.as_object_mut()) {
        fields.insert("problem".to_owned(), json!(problem));
    }
    if cx.supabase.rpc::<bool>("note_problem", &arguments).await? && problem.is_some() {
        cx.log("warn", "setting_problem", json!({"guild_id": guild, "key": key}));
    }
    Ok(())
}

/// What does not work in a guild, by its key, and why.
pub async fn problems(cx: &Cx, guild: Snowflake) -> Result<HashMap<String, String>> {
    #[derive(FromJson)]
    struct Row {
        key: String,
        problem: String,
    }
    let rows: Vec<Row> =
        cx.supabase.select("setting_problems", "key,problem", &[Filter::eq("guild_id", guild)]).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.problem)).collect())
}

/// In how many guilds what does not work, by its key.
pub async fn problem_counts(cx: &Cx) -> Result<BTreeMap<String, u64>> {
    Ok(cx.supabase.rpc("problem_counts", &json!({})).await?)
}

/// Goes back to the default.
pub async fn reset(cx: &Cx, guild: Snowflake, setting: &Setting) -> Result<()> {
    cx.supabase.delete("guild_settings", Filter::eq("guild_id", guild), &[Filter::eq("key", setting.key)]).await?;
    cx.settings.change(guild, |settings| settings.remove(setting.key));
    Ok(())
}
