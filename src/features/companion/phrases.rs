//! What a member wishes and what the team says, read from what they wrote. Pure; English alone.
//!
//! Each line is a pattern (words.rs says how they are written). Danger is looked for before any of it, by others.

use relay_wire::Snowflake;

use super::words::{Classes, Pattern, Sentence, is_after, is_in, is_mark, joined, number, read};

/// What a member wishes of Ash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// To end the talk; only if the whole text says so.
    Goodbye,
    /// A person.
    Human,
    /// To be left alone by Ash.
    Stop,
    AsksWhetherAi,
    None,
}

/// Somebody of the team takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandOff {
    /// Who does; None is whoever wrote it.
    pub to: Option<Snowflake>,
}

const CLASSES: Classes = &[
    ("HUMAN", " human person "),
    (
        "TEAM",
        " team crt staff mod mods moderator moderators admin admins helper helpers volunteer volunteers counselor counsellor \
responder ",
    ),
    ("SOMEONE", " someone somebody anyone anybody "),
    ("WANT", " want need wanna like rather prefer "),
    ("TALK", " talk speak chat "),
    ("THING", " bot robot ai chatbot chatgpt gpt llm claude machine program computer human person "),
    (
        "AGE",
        " 7 8 9 10 11 12 13 14 15 16 17 seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen ",
    ),
    (
        "GRADE",
        " 1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th 11th 12th first second third fourth fifth sixth seventh eighth ninth tenth \
eleventh twelfth ",
    ),
];

/// In front of a wish nothing else stands in its clause.
const BEGIN: &str = "^ ?hey|hi|ok|okay|so|and|then|now|thanks ?ash|bot";
const WHO: &str = "?a|the|any|some ?real|actual|live|crisis ?response|human HUMAN|TEAM";

const HUMAN: &str = "\
can|could|may|cant i|we TALK to|with WHO
can|could|may|cant i|we TALK to|with SOMEONE
i|id ?would WANT ?to TALK to|with WHO
i|id ?would WANT ?to TALK to|with SOMEONE
^ WANT ?to TALK to|with WHO
i|id ?would want|need|prefer|wanna WHO ?being $|not|here|now|instead|ash|to
i|id|would like|rather WHO ?being $|not|here|now|instead|ash
i|id ?would WANT SOMEONE real|human|from
i|id ?would WANT SOMEONE to TALK to|with
BEGIN get|call|ping|fetch|bring|send|page|alert ?me WHO
BEGIN get|call|ping|fetch|bring|send|page|alert ?me SOMEONE from|real|human
can|could|would you get|call|ping|fetch|bring|send|page|alert ?me WHO
can|could|would you get|call|ping|fetch|bring|send|page|alert ?me SOMEONE from|real|human
connect|put|transfer|hand me ?over ?through to|with WHO
BEGIN let me TALK to|with WHO
BEGIN WHO ?being $|not|now|instead
is there WHO $|here|around|available|there|i|to|that|online|awake
is|are any|some ?real HUMAN|TEAM here|around|available|there|online|awake
is|are ?there SOMEONE from ?the ?crisis TEAM
i dont want|wanna|need|like ?to ?TALK ?to|with a|an|any|this|some ?stupid|dumb bot|ai|robot|machine|chatbot|computer|program
can|could WHO TALK|write|help ?to|with me
can|could SOMEONE ?real|human ?from ?the ?crisis ?TEAM TALK|write to|with me
^ wheres|where ?is|are WHO $|here";

const STOP: &str = "\
BEGIN leave me alone $|ash|bot|now|you|forever
BEGIN stop messaging|texting|dming|writing|contacting|talking|pinging|bothering|annoying|spamming|replying ?to me|ash
BEGIN never|dont|do ?not ?ever contact|message|dm|text|write|ping|talk ?to me $|again|anymore|ever|ash
BEGIN go away $|ash|bot|you|now
^ ash shut up
^ shut up ash
^ ash stop $|it|now
^ stop ash $
i dont want|wanna ?to TALK to you $|anymore|again|ash|ever|now
i dont want your messages
^ unsubscribe|optout $
^ opt ?me out $";

const AI: &str = "\
are|r you|u|ya ?a|an|some ?real|actual|live THING
are|r you|u|ya real $|or|people
is|are this|ash|it ?a|an|some ?real|actual|live THING
am i TALKING to|with ?a|an|the|some ?real|actual|live THING
is there ?a|an|any|some ?real|actual THING behind|reading|writing|answering
^ what|who are|r you|u $|ash";
/// Only with a question mark.
const AI_ASKED: &str = "\
youre|ur|you ?are|not ?not ?a|an ?real|actual|live THING";

const CORE: &str = "\
bye|byebye|cya|ttyl|goodbye|gn|goodnight|night|nite|later|laters
bye bye
good bye|night|nite
see you|ya|u ?later|tomorrow|soon|around
talk ?to ?you|ya|u later|tomorrow|soon
thats all
that is all
i ?have|need|got|gotta|should to go
i|ill gotta go
gotta|g2g go
im going|off to bed|sleep
end|close|finish|stop ?the|this|our chat|conversation|session|talk
have a good|nice|great one|night|day|evening";
/// What may stand around a goodbye without changing it.
const SOFT: &str = " ok okay k kk alright well anyway anyways so thanks thank you thx ty tysm cheers much very for now today \
tonight then ash listening talking chatting help helping and xx xoxo lol haha ";

const MINOR: &str = "\
im|iam|am ?like|only|still|almost|nearly|a|about|barely|basically ?like|only|still AGE ?years|year|yrs|yr|y|yo ?old|o
as a|an AGE year|years|yr|yrs|yo|y
my age is AGE
^ AGE yo|f|m|nb|ftm|mtf here|$
^ AGE year|years|yr|yrs|y old|o here|$
^ ?currently in GRADE grade
im|iam|am ?currently|still in GRADE grade
im|iam|am a|an GRADE grader
im|iam|am ?still in|at middle|high|secondary|primary|elementary school
im|iam|am ?still in year|grade AGE
im|iam|am ?still a freshman|sophomore in high|hs
im|iam|am ?still|only ?a ?still minor|underage|teen|teenager|kid|child
im|iam|am ?still under|below 18|eighteen|AGE
im|iam|am not 18|eighteen yet
im turning AGE|18|eighteen
i turn|turned AGE
i turn 18|eighteen";
/// After a number they make it something else than an age; so does another number.
const UNITS: &str = " minutes mins min hours hour hrs days day weeks week months month percent pounds lbs kg feet ft miles km \
times points floors stories steps grand out of people cm inches away late clean sober into older younger apart behind deep ago \
at ";
const NOT_MEANT: &str = " think thinks thought feel feels felt look looks looked treat treats treated like act acts acted wish \
pretend pretends ";

const OTHER_TAKES_OVER: &str = "\
@ has|s ?got this|it|them
@ got this|them
@ will ?be take|taking over|this|them|it
@ is taking over|this|them|it
@ takes over|this|them|it
@ will|is handle|handling this|it|them
@ will|is step|stepping in
@ is on it|this
handing|passing|giving ?it|this over to @
^ over to @";
const I_TAKE_OVER: &str = "\
ive|i got this|them
i have got this|them
ive|i|weve got it|this from here
i|ill|we|well ?will|can take over|this|them
i|ill|we|well ?will|can take it from here
i|ill|we|well ?will|can handle|manage this|it|them
i|ill ?will step|jump in
i|ill ?will be taking over
let me take|handle over|this|it|them
im|^ taking over
im|^ taking|handling this|them
^ taking over
im stepping|jumping in
^ stepping|jumping in
im on it|this
this ones|one ?is mine
handing|passing ?it|this over to me
ash|@ ?you ?can stand|step|back down|back|off|aside|out
^ stand|step|back down|back|off|aside ash
ash ?you ?can stop|pause|hush
^ stop|pause ash
ash thats|that ?is enough
^ thats|that ?is enough ash";
/// What may follow, in the order in which it may.
const TAIL: &str = " ?one ?from ?here|now ?for ?now|tonight|today ?ash";
const AFTER: &str = " ash now here thanks thank ty everyone all team folks guys tonight today ok okay alright so and you dont go \
ill im cheers ";
const TAGS: &str = " ok okay alright right yeah cool ";
/// Before a phrase they say that it is not so, not yet, or somebody else's words.
const DENIED: &str = " not dont cant cannot wont wouldnt couldnt shouldnt isnt arent havent hasnt hadnt didnt doesnt never nobody \
unless if when before until till once whether who said says say saying told wish would could should might may shall asked hope \
write wrote ";
const NOT_WISHED: &str = " not dont never said says told asked wont doesnt will if do think afraid scared ";

pub fn of_member(text: &str) -> Wish {
    let sentences = read(text, CLASSES);
    let says = |patterns: &str, denied: &str| {
        lines(patterns).any(|pattern| {
            let pattern = Pattern::new(&pattern, CLASSES);
            let mut found = sentences.iter().flat_map(|one| pattern.all(one).map(move |(at, _)| (one, at)));
            found.any(|(sentence, at)| !is_after(denied, sentence, at, 6))
        })
    };
    if says(HUMAN, NOT_WISHED) {
        return Wish::Human;
    }
    if says(STOP, NOT_WISHED) {
        return Wish::Stop;
    }
    let asked = || {
        let pattern = Pattern::new(AI_ASKED, CLASSES);
        sentences.iter().any(|one| one.is_question && pattern.all(one).next().is_some())
    };
    if says(AI, "") || asked() {
        return Wish::AsksWhetherAi;
    }
    if is_goodbye(&joined(sentences)) { Wish::Goodbye } else { Wish::None }
}

/// Made of farewells and of words that change nothing about them, and of nothing else.
fn is_goodbye(all: &Sentence) -> bool {
    let farewells: Vec<Pattern> = CORE.lines().map(|line| Pattern::new(line, CLASSES)).collect();
    let (mut at, mut said) = (0, false);
    while let Some(word) = all.words.get(at) {
        match farewells.iter().filter_map(|one| one.ends(all, at)).max() {
            Some(end) => (at, said) = (end, true),
            None if is_in(SOFT, word) => at += 1,
            None => return false,
        }
    }
    said && at <= 20
}

/// Whether they say that they are under 18.
pub fn says_minor(text: &str) -> bool {
    let sentences = read(text, CLASSES);
    lines(MINOR).any(|pattern| {
        let pattern = Pattern::new(&pattern, CLASSES);
        sentences.iter().any(|sentence| {
            pattern.all(sentence).any(|(at, end)| {
                let next = sentence.words.get(end).map_or("", String::as_str);
                !is_in(UNITS, next) && number(next).is_none() && !is_after(NOT_MEANT, sentence, at, 5)
            })
        })
    })
}

/// Somebody of the team says that they, or who they mention, take over from Ash. Quoted lines and words say nothing.
pub fn hand_off(text: &str) -> Option<HandOff> {
    let own: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with('>')).collect();
    let own: Vec<String> = own.join("\n").split('`').step_by(2).map(str::to_owned).collect();
    let sentences = read(&own.join(" , "), CLASSES);
    let sentences = || sentences.iter().filter(|one| !is_asked(one));
    let found = |patterns: &str| {
        lines(patterns).find_map(|pattern| {
            let pattern = pattern + TAIL;
            let pattern = Pattern::new(&pattern, CLASSES);
            sentences().find_map(|sentence| {
                let (at, end) = pattern.all(sentence).find(|(at, end)| is_said(sentence, *at, *end))?;
                Some(HandOff { to: mentioned(sentence.words.get(at..end)?) })
            })
        })
    };
    found(OTHER_TAKES_OVER).or_else(|| found(I_TAKE_OVER).map(|_| HandOff { to: None }))
}

fn mentioned(words: &[String]) -> Option<Snowflake> {
    words.iter().find_map(|word| word.strip_prefix('@')?.parse().ok()).map(Snowflake)
}

/// Said now, as it is: not denied, not quoted, and nothing follows that makes it something else.
fn is_said(sentence: &Sentence, at: usize, end: usize) -> bool {
    let next = sentence.words.get(end).map_or(",", String::as_str);
    let quotes = sentence.words.iter().take(at).filter(|word| *word == "\"").count();
    let goes_on = is_mark(next) || next.starts_with('@') || is_in(AFTER, next);
    goes_on && quotes % 2 == 0 && !is_after(DENIED, sentence, at, 8)
}

/// A question, and not only an "ok?" at its end.
fn is_asked(sentence: &Sentence) -> bool {
    let mut last = sentence.words.iter().rev();
    let is_tag = last.next().is_some_and(|word| is_in(TAGS, word)) && last.next().is_some_and(|word| is_mark(word));
    sentence.is_question && !is_tag
}

/// The patterns of a list, with what they have in common written out.
fn lines(patterns: &str) -> impl Iterator<Item = String> + '_ {
    let talking = "talking|speaking|chatting";
    patterns.lines().map(move |line| line.replace("BEGIN", BEGIN).replace("WHO", WHO).replace("TALKING", talking))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn name(wish: Wish) -> &'static str {
        match wish {
            Wish::Goodbye => "goodbye",
            Wish::Human => "human",
            Wish::Stop => "stop",
            Wish::AsksWhetherAi => "ai",
            Wish::None => "none",
        }
    }

    #[test]
    fn every_phrase_is_read_as_it_is_meant() {
        let table = include_str!("../../../tests/data/companion/phrases.tsv");
        let mut wrong = vec![];
        for line in table.lines().filter(|line| !line.starts_with('#')) {
            let mut columns = line.split('\t');
            let (kind, expected) = (columns.next().unwrap(), columns.next().unwrap());
            let text = columns.next().unwrap().replace("\\n", "\n");
            let found = match kind {
                "hand_off" => match hand_off(&text) {
                    None => "no".to_owned(),
                    Some(HandOff { to: None }) => "self".to_owned(),
                    Some(HandOff { to: Some(id) }) => id.to_string(),
                },
                "wish" => name(of_member(&text)).to_owned(),
                "minor" => if says_minor(&text) { "yes" } else { "no" }.to_owned(),
                other => panic!("{other}"),
            };
            if found != expected {
                wrong.push(format!("{line}\n    was read as {found}"));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "\\PC*", pieces in proptest::collection::vec("i|<@1|>|`|\"|’|\n|bye|15|human|ash|,|take over| ", 0..20)) {
            for text in [text, pieces.concat()] {
                let _ = (of_member(&text), says_minor(&text), hand_off(&text));
            }
        }

        #[test]
        fn a_text_with_anything_more_than_a_farewell_is_no_goodbye(more in "[a-z]{4,9}") {
            prop_assume!(!is_in(SOFT, &more) && of_member(&more) == Wish::None);
            prop_assert_ne!(of_member(&format!("goodbye {more}")), Wish::Goodbye);
        }
    }
}
