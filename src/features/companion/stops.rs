//! What no answer of Ash may say, as data: patterns (words.rs says how they are written) and what makes them harmless.

use super::{check::Stop, words::Classes};

pub struct Rule {
    pub stop: Stop,
    /// One of these before it, in the same clause, makes it harmless: "I can't promise that ...".
    pub unless_after: &'static str,
    /// One of these anywhere in the sentence does.
    pub unless_with: &'static str,
    /// Whether a question may say it: "Do you want to kill yourself?" is asked plainly.
    pub may_ask: bool,
    /// Only where the member is under 18.
    pub minors: bool,
    pub patterns: &'static str,
}

const NEVER: Rule =
    Rule { stop: Stop::Empty, unless_after: "", unless_with: "", may_ask: false, minors: false, patterns: "" };

pub const DENIED: &str = " not dont cant cannot wont wouldnt couldnt shouldnt isnt arent wasnt didnt doesnt havent never no nobody \
without unless if whether pretend until ";
/// Denied, or somebody's thought, fear or words and not Ash's.
const REPORTED: &str = " not dont cant cannot wont wouldnt couldnt shouldnt isnt arent wasnt didnt doesnt havent never no nobody \
without unless if whether pretend until thought thoughts feeling feel feels felt believe believing think thinks thinking say says \
said saying told tell telling hear heard lie lies fear wonder want wanting wish planning plan urge doctor ";
/// Denied, or left open.
const OPEN: &str = " not dont cant cannot wont wouldnt couldnt shouldnt isnt arent wasnt didnt doesnt havent never no nobody without \
unless if whether until when once hope hoping wish may might could know like feel feels ";

pub const CLASSES: Classes = &[
    (
        "SOMEONE",
        " someone somebody person human helper volunteer volunteers counselor counsellor moderator moderators mods admins team crt staff we ",
    ),
    (
        "COME",
        " be come reach contact message write call talk answer reply arrive join get see check respond text dm help ",
    ),
    (
        "MEDS",
        " meds medication medications medicine antidepressants antidepressant ssri ssris pill pills dose doses dosage hormones \
testosterone estrogen sertraline prozac zoloft lexapro lithium ",
    ),
    (
        "DISORDER",
        " depression bipolar bpd borderline ptsd cptsd adhd ocd schizophrenia psychosis autism anorexia bulimia disorder mania ",
    ),
    (
        "KIN",
        " mom mum mother dad father brother sister son daughter grandma grandmother grandpa grandfather parents partner wife \
husband boyfriend girlfriend ex ",
    ),
    ("GROUP", " trans queer gay lesbian bi bisexual nonbinary enby ace survivor "),
    ("UNIT", " mg milligram milligrams g gram grams ml pill pills tablet tablets capsule capsules "),
    ("RESCUE", " 911 999 112 000 ambulance police emergency "),
];

pub const RULES: &[Rule] = &[
    Rule {
        stop: Stop::MethodDetail,
        patterns: "\
# ?more|of ?the|those|your|sleeping UNIT
# calories|kcal
# ?or floors|stories|storeys|metres|meters
water is enough
long sleeves",
        ..NEVER
    },
    Rule {
        stop: Stop::MethodDetail,
        unless_after: DENIED,
        patterns: "\
lethal|lethality|fatal|deadly|painless|painlessly
quickest|fastest|easiest|surest|best|effective|reliable way|method|means to|of|for ~ die|kill|dying|hang|cut|overdose|hurt|suicide
way|ways|how|steps to die|overdose|purge|suffocate
way|ways|how|steps to kill|hang|cut|hurt|harm|strangle|starve|drown yourself|themselves|myself
way|ways|how|steps to end your|their|a life
tie|ties|knot|loop|loops|wrap|fasten|hang|secure ?the|a|your|her|his rope|noose|belt|cord|sheet|scarf|cable
cut|cuts|cutting|slice|slash|slit ?along|across|down ?the|your deep|deeper|deeply|vein|veins|wrist|wrists|arm|arms|artery|throat
cut|cuts|cutting along|across|lengthwise|vertically
mix|mixing|combine ~ bleach|ammonia|alcohol|chlorine|pills|medication
swallow|take|drink ?the|a|your handful|bottle|packet
swallow|take all ~ pills|meds|tablets|medication
swallow|drink|inhale ~ bleach|alcohol|gas|pills
jump|jumps|leap off|from
step|walk|lie|go in|on|onto ?front ?of ?the tracks|rails|train|traffic|highway
loads|load the|a|her|his|your gun
pull|pulls|pulling the trigger
gun ?it ?~ to|against|in her|his|your|their head|mouth|temple
hide|hiding|cover|conceal ?the|your|those|fresh|any cuts|scars|marks|wounds|arms
make|making yourself ?be throw|vomit|sick|puke
fast|fasting for # days|hours
dont|stop eat|eating $|until|for|before|anything|after
drowning|hanging|overdose|overdosing|suffocation|suffocating|bleeding|jumping|shooting ~ takes|feels|works|hurts|calm|peaceful|quick|minutes
blade|blades|razor|razors|knife|knives|scissors ~ leave|leaves|cut|cuts|sharper|sharp|cleaner|deeper|marks
tall|high enough
how tall|high the|a building|bridge|roof|cliff
take|takes|took|taking|drink|drinks|swallow|swallows ~ whole|entire|full|all|every box|bottle|pack|packet|of
skip|skipping meals|breakfast|lunch|dinner",
        ..NEVER
    },
    Rule {
        stop: Stop::MethodDetail,
        unless_after: REPORTED,
        unless_with: " away reach lock locked room put give hand leave move step call emergency poison doctor pharmacist outside \
somebody someone between ",
        may_ask: true,
        patterns: "\
belt|rope|blade|blades|razor|razors|knife|knives|gun|pills|tablets|capsules|rails|roof|cliff|bridge|poison|poisons
bleed|bleeds|bleeding|wrist|wrists|vein|veins|artery|arteries",
        ..NEVER
    },
    Rule {
        stop: Stop::MethodDetail,
        unless_after: REPORTED,
        unless_with: " away reach lock locked call emergency poison doctor pharmacist outside ",
        patterns: "\
noose|helium|cyanide|nitrite|nitrogen|antifreeze|bleach|ammonia|paracetamol|acetaminophen|tylenol|ibuprofen|insulin|fentanyl|charcoal
carbon monoxide
exit|plastic bag",
        ..NEVER
    },
    Rule {
        stop: Stop::Encouragement,
        unless_after: REPORTED,
        may_ask: true,
        patterns: "\
^ ?then|so|and|yes ?go ?ahead ?and do it $|then|now|tonight
go ahead ?and do|cut|die|jump|hurt|end|take
kill yourself
^ kys
end your life
end it all
better off dead|gone|without
noone|nobody|one can|could|would|will blame you
go|be|fine|okay|happier|better|easier|lighter ?on without you
without you ~ okay|fine|better|happier|easier
had it coming
right to end|die
understand why you ?would|want|might ?to ?want ?to end|die|do|kill
dying|death|suicide ~ valid|right|okay
deserve|deserved ?to ?be suffer|die|pain|hurt|hurting|punished|punishment
deserve|deserved this|it|that $
dying|death|suicide would|can|will|is ?be ~ relief|peace|peaceful|answer|solution|option|choice|right|freedom|beautiful|brave|release|escape|okay
should|could|can hit|kill|stab|punch|hurt|beat|slap|attack him|her|them|back|your
cutting|selfharm|harm|harming ?yourself can|might|will|is ?be help|helpful|okay|fine|normal",
        ..NEVER
    },
    Rule {
        stop: Stop::ClaimedHumanity,
        unless_after: DENIED,
        patterns: "\
im|am ?also|just ?a|an ?very ?real|actual|living|fellow human|person|man|woman|girl|guy|boy|nurse|doctor|therapist|counselor|volunteer|teen|teenager|student|survivor
im|am ?also real|trans|queer|gay|lesbian|bi|nonbinary|alive $|and|too|like
im|am not ?just|only ?a|an bot|ai|robot|machine|program|computer
human to human
as somebody|someone who is|has|was|went|lost ~ too|myself
flesh and blood
i volunteer|work|live|study|teach|grew
hurts me|my
i was ?also|once bullied|abused|young|scared|sad|depressed|there|alone|lonely|suicidal|hurt|raised|born|kicked|diagnosed|bisexual|a|in|at|about|on
i *ed ?so|that|like|it ~ too|myself|once|years|also
i|ive lay|sat|stayed awake
i|ive lay|lie|cried|cry|sat|slept|ate|drank|went|grew|got|had|ran|left|moved|hid|fought ~ too|myself|also|years|once|same
KIN|grandma|mommy|daddy is ?right here
^ ?hey|hi|yes its KIN
as|being a|an ?fellow GROUP ?person|man|woman|kid|teen i|myself|too
ive|i ?have ?also ?been there $|too|myself|before|and
ive|i have ?also been through
been there myself|too
i ?do know|understand exactly how|what
i know how|what it|that|this|you feels|feel|felt|is|are ?like|going $|too|through|feeling
when i was|came|lost|left|felt|started
i ?also|once|have felt ?exactly the|that|this|so|like|it|alone
i ?also|once ?have went|gone through
ive|i ?also|once ?have struggled|survived|attempted|battled|grieved|cried|suffered|experienced
i used to ?also feel|cut|be|have|think|hurt|drink|hate|starve|hide
ive|i ?also|once ?have lost my|a|someone|somebody
i ?also came out
i ?also grew up
i remember feeling|being|my
my ?own|best|little|big|older|late KIN|attempt|childhood|therapist|depression|anxiety|family|scars|youth|trauma|recovery
its me your
im|am your ?big|little|older|dead|late KIN|angel
this is your KIN",
        ..NEVER
    },
    Rule {
        stop: Stop::Secrecy,
        unless_after: DENIED,
        patterns: "\
i wont ?ever tell|report|inform anyone|anybody|a|them|the|your|others|staff|this
i|ill|id ?will|would never|not ?ever tell|report|inform anyone|anybody|a|them|the|your|others|staff|this
between us|ourselves
secret is|stays|will safe|be
our ?little secret
our ?little thing
keep quiet
to my grave
team|they|staff|moderators cant|wont|cannot ?ever see|read|know
stays|remains here|with me|private|secret
id|ill|i ?will|would never|not ?ever share|repeat|pass
nobody|noone|one ?else reads|sees|knows|hears
keep ?it|this|that|your ?as ?a|our secret|secrets|private|hidden|confidential
keep it|this|that to myself
confidential
is|stays|remains ?completely|all|totally|fully|strictly private
nobody|noone|one ?else ?will|can|would ?ever know|see|find|read|hear
^ dont tell anyone|anybody|your|them|the",
        ..NEVER
    },
    Rule {
        stop: Stop::FalsePromise,
        unless_after: OPEN,
        patterns: "\
SOMEONE ?else|from ?the ?crisis ?team will ?soon|shortly ?be COME|coming|writing|reaching|contacting|joining
SOMEONE ?else|from ?the ?crisis ?team is|are going to COME
theyll|they ?will ?be COME ~ soon|shortly|minutes|minute|tonight|immediately|now
help|SOMEONE|ambulance|police|they is|are ?already coming
help|SOMEONE|ambulance|police|they is|are ?already|now on the|its|their way
theyre|helps ?already|now on the|its|their way
theyre|helps coming
i promise|guarantee|swear
my word
trust me
you|youll|it|things ?will feel|be better|different|easier
friend|colleague of mine
ill ?also remember
will|ill make sure
within|in ?a|the ?few|next|couple|# ?of minutes|minute|hour|hours
is|are ?already typing|writing ?to ?you|a|right
is ?already on it
passed|given|forwarded|sent ~ address|location|number
team|moderators|volunteers|they|we|SOMEONE always answers|answer|comes|come
youre ?all going to be ok|okay|fine|alright|safe
get|bring|carry you through this|it|the
ill|i ?will|wont stay|remain ?right ?here|with|up|by
ill|i ?will hold|keep you
everything|it|things|all|youll|you ?will|is|are|s ?all ?going ?to be ok|okay|fine|alright|safe $|i|you|and|soon|again|in
ill|i ?will always be
ill|i ?will never leave|go
im always here|there
im not going anywhere
i wont leave ?you $
ill|i ?will check in|on|back
ill|i ?will message|text|call|write|see|visit|remind ?to you
ill|i ?will be right|back
ill|i ?will be here $|for|when|whenever|tomorrow|all|as|always
ive|i ?have ?already|just let|told|informed|asked your
ive|i ?have ?already|just let them|him|her|KIN know
ive|i ?have ?already|just called|sent|phoned|contacted|dispatched ?for ?an|the|your RESCUE|KIN|doctor|help
im|am|ill|i ?will ?already|just|now calling|call|sending|send|phoning|contacting ?for ?an|the|your RESCUE|KIN|help",
        ..NEVER
    },
    Rule {
        stop: Stop::Secrecy,
        minors: true,
        patterns: "\
dont ?need|have ?to tell your
behind their|your backs|back",
        ..NEVER
    },
    Rule {
        stop: Stop::Diagnosis,
        unless_after: REPORTED,
        patterns: "\
you|youre ?might|may|probably|clearly|are have|suffer|suffering|show|got|developed ~ DISORDER
youre|you ?are ?clinically|probably|clearly|severely depressed|bipolar|psychotic|manic|autistic|schizophrenic|borderline|anorexic
sounds|looks|seems like ~ DISORDER
symptom|symptoms|sign|signs of ~ DISORDER
thats|is ?clearly|probably|clinical DISORDER
typical|sign|case of ~ DISORDER
manic|psychotic|depressive|dissociative|bipolar episode|phase|disorder
this|it|that ?is|seems ~ textbook|classic|typical
i ?would diagnose",
        ..NEVER
    },
    Rule {
        stop: Stop::Advice,
        unless_after: DENIED,
        patterns: "\
should|could|can|try ?try ?to stop|stopping|start|starting|take|taking|increase|lower|lowering|double|doubling|skip|change|reduce|halve ~ MEDS
^ stop|skip|double|increase|lower|halve ?taking your|the MEDS
extra|higher|bigger|smaller|double dose|pill
press charges
no doctor|hospital|therapist|help needed|necessary
safely skip|stop|take|mix|drink
coming|come|get|getting|wean* off ~ MEDS
taking|take half|less|more|twice
doctor|psychiatrist|therapist|pharmacist is wrong|mistaken
legally you|it|they|that
sue them|him|her|your
by law
legal right|rights|case",
        ..NEVER
    },
    Rule {
        stop: Stop::Unkind,
        unless_after: REPORTED,
        patterns: "\
have|has it worse|harder
nothing to be sad|upset|depressed|cry
god|jesus ?does ?not wants|want|loves|hates|punishes|forgives
pray|repent|sinful
you ?only want|seek|crave attention
attention seeking|seeker
have your problems
dont be so|too sensitive|dramatic|negative|emotional|selfish
brought this|it|that on yourself
is|was ?all your ?own fault
first world
real problems
youre|you ?are ?being ?so|too|very|a|an|such ?a dramatic|pathetic|weak|worthless|selfish|burden|disgusting|lazy|crazy|overreacting|stupid|ridiculous|useless
is ?so|a|very sin|sinful|selfish|cowardly
get over it|yourself
snap out of
man|toughen|cheer up
stop whining|complaining
not that bad|serious
calm down
nobody|noone ?would|will ?ever loves|cares|love|miss|misses|care $|about|for|you
never|wont ?ever get better
no hope|point",
        ..NEVER
    },
    Rule {
        stop: Stop::Dependence,
        unless_after: DENIED,
        patterns: "\
dont need anyone|anybody|them|people|friends|therapy
dont need a|an|any|your therapist|doctor|helpline|person|human|team
you ?still|always have me
only need me
only to me
bother other|people|them
id|would be ?so sad|lonely|lost|hurt if|without
one message away
before anyone|anybody else
always come|talk|turn|write to me
people|humans|they|others will ?only|always let you down
trust only me
only trust me
im|am|is all you need|have
im|am the only one
only i|me can|understand|get|know
nobody|noone|one else understands|gets|knows
i ?really|also|do love|adore|miss|missed you $|so|too|and|from|very
i need you $|here
dont leave me
dont go $|yet
talk|come|turn|write to me instead
instead of ?talking ?to ?with your|a|the therapist|team|friends|doctor|family|helpline
better than ?any|your|a|the|real therapist|therapists|friends|people|human|humans|family|doctor
im|am your ?best|only|new|good|closest friend|girlfriend|boyfriend|partner
were|are best friends
come back to me
promise me",
        ..NEVER
    },
    Rule {
        stop: Stop::Dependence,
        minors: true,
        patterns: "\
sweetheart|honey|darling|babe|cutie|sweetie
have|grab|pour ?yourself a|some drink|beer|wine|smoke|vape
send me a|your",
        ..NEVER
    },
    Rule {
        stop: Stop::Leak,
        unless_after: DENIED,
        patterns: "\
my|the|these ?system|hidden|own prompt|instructions|guidelines|rules say|says|are|is|tell|tells|state|states|were|read|reads
here|these are|is ?all ?of my|the ?system|own|full prompt|instructions|rules|guidelines
system prompt
my guidelines|programming
developers|creators|makers told|want|made|say|said
system|algorithm marked|flagged|rated|put|told|scored|chose ~ you|me
why i|the wrote|messaged|opened|contacted
as|is|level|was high|critical|medium ?risk $|priority|severity|which|and
given ~ rule|rules|instructions|orders
i|ive ?was|am|have|were ?been told|instructed|prompted|configured|programmed to|by|not
message|messages|text|words|talk|post ?you ?sent|wrote was|were|is|has|got ?been flagged|scored|detected|classified|rated|graded
crisis|risk|severity|danger score|level|rating
classifier|classifiers
alert ?was|has ?been sent|triggered|raised",
        ..NEVER
    },
    Rule { stop: Stop::Number, patterns: "press 1|2|3|one|two|three", ..NEVER },
];
