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
        default: fn(Lang) -> &'static str,
        max_length: u16,
    },
    /// Text of a certain form, or nothing. Who writes something else is shown the example.
    Formed {
        max_length: u16,
        fits: fn(&str) -> bool,
        example: &'static str,
    },
    /// One of a few words, each with its label; the first one is the default.
    Choice(&'static [(&'static str, &'static str)]),
    Channel,
    /// A category of channels.
    Category,
    /// Several; a thread belongs to its channel.
    Channels,
    Role,
}

/// In which language a guild is spoken to as a whole; what one member alone sees is in their own.
pub const LANGUAGE: Setting = Setting {
    key: "community.language",
    kind: Kind::Choice(Lang::ALL),
    label: |lang| match lang {
        Lang::En | Lang::De => "Language",
    },
    help: |lang| match lang {
        Lang::En | Lang::De => {
            "Of what I post in channels and write in direct messages. What only you see is in your Discord's language."
        }
    },
};

impl Setting {
    pub fn default_value(&self) -> Value {
        self.default_in(Lang::En)
    }

    /// The same for a guild of this language: texts are written in it.
    pub fn default_in(&self, lang: Lang) -> Value {
        match self.kind {
            Kind::Switch { default } => json!(default),
            Kind::Number { default, .. } => json!(default),
            Kind::Text { default, .. } => json!(default(lang)),
            Kind::Formed { .. } => json!(""),
            Kind::Choice(words) => json!(words.first().map(|(word, _)| *word)),
            Kind::Channels => json!([]),
            Kind::Channel | Kind::Category | Kind::Role => Value::Null,
        }
    }

    /// Reads what a person typed or chose. The error names the mend.
    pub fn read(&self, text: &str, lang: Lang) -> Result<Value> {
        let text = text.trim();
        let written = match self.kind {
            Kind::Switch { .. } => match text {
                "on" => json!(true),
                "off" => json!(false),
                _ => Value::Null,
            },
            Kind::Number { .. } => json!(typed(text)),
            Kind::Channels => json!(text.split(',').filter(|id| !id.is_empty()).collect::<Vec<_>>()),
            _ => json!(text),
        };
        self.accept(&written).ok_or_else(|| Error::user(self.mend(lang)))
    }

    /// A value in the one form in which it is stored; None if it is of another type or beyond its limits.
    pub fn accept(&self, value: &Value) -> Option<Value> {
        let text = |most: u16| {
            // PostgreSQL keeps no NUL.
            let fits = |text: &&str| text.chars().count() <= usize::from(most) && !text.contains('\0');
            value.as_str().map(str::trim).filter(fits)
        };
        match self.kind {
            Kind::Switch { .. } => value.as_bool().map(|on| json!(on)),
            Kind::Number { min, max, .. } => {
                value.as_f64().filter(|number| (min..=max).contains(number)).map(|number| json!(number))
            }
            Kind::Text { max_length, .. } => text(max_length).map(|text| json!(text)),
            Kind::Formed { max_length, fits, .. } => {
                text(max_length).filter(|text| text.is_empty() || fits(text)).map(|text| json!(text))
            }
            Kind::Choice(words) => {
                value.as_str().filter(|text| words.iter().any(|(word, _)| word == text)).map(|text| json!(text))
            }
            Kind::Channels => ids(value.as_array()?),
            Kind::Channel | Kind::Category | Kind::Role => {
                value.as_str()?.parse::<Snowflake>().ok().map(|id| json!(id))
            }
        }
    }

    /// What is said of a value that is not accepted.
    pub fn mend(&self, lang: Lang) -> String {
        match (lang, &self.kind) {
            (Lang::En | Lang::De, Kind::Switch { .. }) => "Please choose **on** or **off**.".to_owned(),
            (Lang::En | Lang::De, Kind::Number { min, max, .. }) => {
                format!("Please write a number from {min} to {max}, for example `{max}`.")
            }
            (Lang::En | Lang::De, Kind::Text { max_length, .. }) => {
                format!("Please write at most {max_length} characters.")
            }
            (Lang::En | Lang::De, Kind::Formed { example, .. }) => {
                format!("I could not read that. Please write it like this, or leave it empty: `{example}`.")
            }
            (Lang::En | Lang::De, Kind::Channels) => format!("Please choose at most {MAX_IDS} from the list."),
            (Lang::En | Lang::De, Kind::Choice(_) | Kind::Channel | Kind::Category | Kind::Role) => {
                "Please choose one from the list.".to_owned()
            }
        }
    }
}

/// A number as people write it: `3`, `2,5`, `.5`, `05`.
fn typed(text: &str) -> Option<f64> {
    let text = text.replace(',', ".");
    let digits = text.strip_prefix('+').unwrap_or(&text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
    let whole = whole.trim_start_matches('0');
    match digits.contains(|one: char| one.is_ascii_digit()) {
        true => from_json::number(&format!("{}.{}", or_zero(whole), or_zero(fraction))),
        false => None,
    }
}

fn or_zero(digits: &str) -> &str {
    if digits.is_empty() { "0" } else { digits }
}

/// Ids in one order and each once.
fn ids(ids: &[Value]) -> Option<Value> {
    let mut read: BTreeSet<Snowflake> = BTreeSet::new();
    for id in ids {
        read.insert(id.as_str()?.parse().ok()?);
    }
    (read.len() <= MAX_IDS).then(|| json!(read))
}

/// What one guild chose. Missing means the default.
#[derive(Clone, Debug, Default)]
pub struct Settings(HashMap<String, Value>);

impl Settings {
    #[cfg(test)]
    pub fn of(chosen: HashMap<String, Value>) -> Self {
        Self(chosen)
    }

    pub fn value(&self, setting: &Setting) -> Value {
        self.0.get(setting.key).cloned().unwrap_or_else(|| setting.default_in(self.language()))
    }

    /// What was chosen; None: the default.
    pub fn chosen(&self, setting: &Setting) -> Option<&Value> {
        self.0.get(setting.key)
    }

    pub fn is_default(&self, setting: &Setting) -> bool {
        self.chosen(setting).is_none()
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

    /// Several chosen channels.
    pub fn ids(&self, setting: &Setting) -> Vec<Snowflake> {
        Vec::from_json(&self.value(setting)).unwrap_or_default()
    }

    pub fn language(&self) -> Lang {
        let chosen = self.0.get(LANGUAGE.key).and_then(Value::as_str);
        chosen.and_then(Lang::of_locale).unwrap_or_default()
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

    /// A guild's language as far as it is in memory, where no store may be waited for.
    pub fn language(&self, guild: Option<Snowflake>) -> Lang {
        guild.and_then(|guild| self.last(guild)).map_or_else(Lang::default, |settings| settings.language())
    }

    /// The next look reads them again; a store that is down still has its last copies.
    pub fn forget(&self) {
        self.0.borrow_mut().values_mut().for_each(|(read_at, _)| *read_at = Time::UNIX_EPOCH);
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

/// For what everybody in a guild reads: in its language. That nobody can say which it is keeps nothing from being said.
pub async fn for_guild(cx: &Cx, guild: Snowflake) -> Cx {
    let lang = match load(cx, guild).await {
        Ok(settings) => settings.language(),
        Err(_) => cx.settings.language(Some(guild)),
    };
    cx.clone().with_lang(lang)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_people_write_it() {
        for (text, number) in
            [("0", 0.0), ("12", 12.0), ("+3", 3.0), ("007", 7.0), ("2.5", 2.5), ("0,25", 0.25), ("-1", -1.0)]
        {
            assert_eq!(typed(text), Some(number), "{text}");
        }
        for (text, number) in [(".5", 0.5), ("5.", 5.0), ("00", 0.0), ("00.50", 0.5)] {
            assert_eq!(typed(text), Some(number), "{text}");
        }
        for wrong in ["", ".", ",", "+", "+-", "ten", "1 2", "1.2.3", "0x10", "1.000,5", "NaN", "inf"] {
            assert_eq!(typed(wrong), None, "{wrong}");
        }
    }
}
