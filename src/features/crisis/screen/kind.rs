//! What a pattern can find.

/// What a pattern found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Killing oneself, in whatever mood and tense; the words before it say which.
    Act,
    /// Hurting oneself, likewise.
    SelfHarm,
    /// A wish to be dead.
    Wish,
    /// Death beside something that makes it attractive; it counts if it is about oneself.
    Near,
    /// A step that was planned.
    Plan,
    /// A step that was taken: means at hand, letters written, things given away.
    Prep,
    /// An act that was begun.
    Attempt,
    /// Means named beside oneself; grave only beside something else.
    Means,
    /// Something lethal that the writer has; grave beside distress.
    Access,
    /// Not being here soon; grave only beside something else.
    GoneSoon,
    /// A farewell; ordinary when it stands alone.
    Goodbye,
    /// A farewell for ever.
    LastGoodbye,
    /// Living is no longer wanted, without a wish to die being said.
    Passive,
    Burden,
    Hopeless,
    /// At one's limit.
    Limit,
    /// Afraid of what one might do.
    Unsafe,
    /// "Kill me": hardly ever meant, and sometimes.
    KillMe,
    /// Said to somebody: "kys".
    Kys,
    /// Suicidal, as a state of somebody.
    State,
    /// The topic alone.
    Topic,
    SelfHarmTopic,
    AbuseNow,
    Abuse,
    Panic,
    Grief,
    Despair,
    Dysphoria,
    Rejection,
    Relapse,
    Sadness,
    // What is no finding, but changes what one means.
    /// Words that mean something harmless together; nothing else is read into them.
    Idiom,
    Past,
    Recent,
    Joke,
    Earnest,
    Conditional,
}
