//! The words that the screen knows, by what they are in a sentence: who, wish, act, time, thing.

/// Classes in capitals as patterns name them, with their words in plain ASCII without apostrophes.
/// A word may stand in several. A misspelling belongs here only if it is common; leetspeak, stretched and spaced-out
/// letters, look-alikes and one slip in a long grave word are undone before a word is looked up.
#[rustfmt::skip]
pub const CLASSES: &[(&str, &str)] = &[
    // Who.
    ("I", "i im ive ill id iam ima imma imm ii imo we were weve idont icant iwant iwanna idon"),
    ("ME", "me"),
    ("MY", "my mine our"),
    ("SELF", "myself meself maself mysel myslef mself meslef ourselves himself herself themself themselves
        theirself theirselves hisself hirself xemself mysef myslf"),
    ("HIMSELF", "himself herself themself themselves theirself theirselves hisself hirself xemself"),
    ("YOURSELF", "yourself urself yourselves yoself yaself urselves ureself"),
    ("YOU", "you u ya youre ur your yall youve yours yous youd youll"),
    ("HE", "he she hes shes hed shed him her his hers they theyre theyve theyd them their theyll"),
    ("PLURAL", "they people friends kids parents teens teenagers men women guys girls boys students youth folks
        everyone characters those users members youths adults victims patients survivors some most many others
        queer ppl"),
    ("PERSON", "friend friends bestie bff brother sister sis sibling mom mum mam mama mommy mother dad daddy
        father papa parents parent stepdad stepmom stepfather stepmother cousin uncle aunt auntie grandma
        grandpa nan gran roommate flatmate gf bf girlfriend boyfriend partner wife husband ex kid kids son
        daughter classmate coworker colleague teacher neighbor neighbour someone somebody person people ppl guy
        guys girl girls woman women boy boys student students user member child children teen teens teenager
        teenagers men nephew niece fiance spouse enby buddy mate boss therapist mutual mutuals anyone everyone
        characters character protagonist folks youth adults actor singer celebrity streamer youtuber politician
        players soldier veteran veterans mans moms dads brothers sisters moots moot friendo homie pal crush lad
        victim victims patient patients bully bullies survivors others those family"),
    ("PARENT", "mom mum mam mama mommy mother dad daddy father papa parents parent stepdad stepmom stepfather
        stepmother family fam folks grandparents grandma grandpa aunt uncle brother guardian moms dads"),
    ("KIN", "mom mum mother dad father brother sister grandma grandpa nan gran grandmother grandfather son
        daughter wife husband partner friend bestie boyfriend girlfriend uncle aunt cousin baby child twin
        fiance gf bf bff best mama papa"),
    ("PET", "cat dog kitty puppy hamster rabbit bunny bird pet horse fish guinea rat snake parrot"),
    ("NOBODY", "nobody noone no1 none"),
    ("EVERYONE", "everyone everybody every1 family friends parents people world yall guys mom mum dad theyll theyd
        they everyones kids all wife husband mother father ppl team evry1 evryone"),
    // Whether.
    ("NEG", "not no never dont doesnt didnt wont wouldnt isnt arent wasnt werent cant cannot couldnt havent hasnt
        hadnt aint shouldnt without nope dnt cnt wudnt wasent donot neva nvr nor neither knot idont icant idon
        nolonger"),
    ("CANT", "cant cannot couldnt cnt kant unable icant"),
    ("NO", "no not zero nothing any aint isnt without"),
    ("NEVER", "never not dont nvr neva"),
    ("IF", "if when whenever whether unless"),
    ("BUT", "but however although tho though yet except still"),
    // Modality.
    ("WANT", "want wants wanna wana wanted wanting wnna wnt waant wish wishing wished hope hoping need crave
        craving yearn longing desire desperate wanan wannna watn awnt wanto tryna prefer wnat wan iwant iwanna"),
    ("WANTED", "wanted wished"),
    ("BASE", "want wanna wana wish need hope feel wnna think"),
    ("WISH", "wish wishing wished hope hoping pray praying wishes hopes prayed whish wsh"),
    ("FEEL", "feel feeling felt feels feelin seems"),
    ("URGE", "urge urges tempted temptation compulsion impulse impulses itching urging urgess cravings"),
    ("THINK", "think thinking thought thoughts considering considered contemplating contemplate contemplated
        fantasize fantasizing fantasise fantasising daydream daydreaming ideation imagine imagining imagined
        obsessing ideations thinkin visualizing fantasies googling googled researching researched romanticizing
        ruminating debating picturing"),
    ("WILL", "gonna will ill ima imma gunna finna boutta bouta gon goin ready about planning plan plans planned
        decided deciding going intend intending intent preparing prepared gona gonn tonight tn fixing itll wll
        gnna bout gotta"),
    ("PLANS", "plan plans planned planning decided deciding intend intending intention intent intentions
        prepared preparing scheduled arranged date"),
    ("TRY", "tried trying attempted attempt attempting attempts almost nearly failed tryed survived try tries
        close"),
    ("SHOULD", "should could might may maybe must shoulda would shall shouldve couldve wouldve"),
    ("STOP", "stop help resist shake quit stopping fight distract ignore control"),
    ("SAY", "said say says saying told tell tells telling texted texting messaged posted posting wrote writes
        screamed yelled dmed quote quoted tweeted whispered yelling typed sang sings goes admitted confessed
        snapped vented"),
    // Death and life.
    ("DIE", "die dies d1e dieee perish expire dei diee dy dye"),
    ("DYING", "dying dyin dieing"),
    ("DEAD", "dead ded deceased d3ad unalived"),
    ("DEATH", "death"),
    ("LIVE", "live living livin"),
    ("ALIVE", "alive living live exist existing existence exists exsist exsisting breathing liv livin breathe
        born existed"),
    ("LIFE", "life lives lyfe"),
    ("LIVING", "living existing being life livin alive exsisting exist existence everything"),
    ("GONE", "gone disappeared vanished died dead disappear vanish die missing left killed around dissapear"),
    ("HERE", "here around alive herre"),
    ("KILL", "kill killing killed kil kll unalive unaliving unalived delete deleting offing offed kills kiling
        kyll murder unlive unliving deleted kermit sewerslide neck necking rope roping hang hanging hanged hung
        drown drowning drowned shoot shooting shot strangle strangling suffocate suffocating asphyxiate
        electrocute stab stabbing poison poisoning poisoned euthanize yeet behead eliminate off exterminate"),
    ("SUI", "suicide suicidal suicid sucide suicde sewerslide sewerslidal suey suiside suicides suisidal suacide
        sooicide sueicide suicidality suicidle suicied su1cide sewercide suicidally sewicide"),
    ("SUICIDE", "suicide suicid sucide suicde sewerslide suiside sooicide suicides suicied sueicide sudoku
        suacide seppuku sewicide"),
    ("SUICIDAL", "suicidal sewerslidal suisidal suicidle suicidel"),
    ("COMMIT", "commit committing commited committed comit commiting comitting committ kermit comitted kommit"),
    ("KMS", "kms kmsing kmss ctb kmfs"),
    ("KYS", "kys kysing"),
    ("OVERDOSE", "overdose overdosing overdosed od oding oded ods overdoes overdosin odded"),
    ("TOOK", "took taken swallowed downed drank ate chugged popped swallowing taking take swallow downing tooken
        snorted injected"),
    ("WHOLE", "whole all entire bottle bottles bunch handful lot lots every many full pack packet box too
        everything bottleful handfuls fistful packs half"),
    ("PILLS", "pills pill tablets meds medication medicine tylenol paracetamol ibuprofen advil aspirin xanax
        benzos painkillers antidepressants ssris klonopin lithium insulin benadryl valium zoloft prozac tabs
        capsules melatonin acetaminophen oxy oxys fentanyl opioids sedatives pils"),
    ("MEANS", "pills pill tablets tylenol paracetamol xanax bleach rope noose knife blade razor razors gun
        pistol shotgun rifle bullet bridge roof rooftop ledge tracks overpass balcony cliff revolver handgun
        glock trigger antifreeze painkillers helium blades exhaust ropes knives benzos firearm belt insulin"),
    ("HIGHPLACE", "bridge roof rooftop ledge overpass balcony cliff building rail railing edge parking window
        tower tracks garage floor story storey"),
    ("LETHAL", "rope noose gun pistol shotgun rifle revolver blade razor pills bullet handgun bullets tablets
        glock firearm knife razors insulin"),
    ("VEHICLE", "train trains bus truck car traffic subway lorry metro cars tram oncoming"),
    ("BODY", "wrist wrists arm arms thigh thighs leg legs skin stomach hips throat neck ankle ankles forearm
        forearms veins vein hip hand"),
    ("HEAD", "head brains brain mouth skull temple face"),
    // Self-harm.
    ("CUT", "cut cutting cuts slit slitting slice slicing sliced carve carving carved slash slashing slashed"),
    ("HURT", "hurt hurting harm harming harmed burn burning burned burnt scratch scratching scratched injure
        injuring bruise punish punishing starve starving mutilate mutilating punch punching choke choking hurted
        bleed scarring damage bite biting"),
    ("SELFHARM", "selfharm selfharming selfharmed sh shing selfinjury nssi barcoding selfharmer"),
    ("RELAPSE", "relapse relapsed relapsing relapsin relapses"),
    // Time.
    ("SOON", "tonight tonite 2nite 2night tomorrow tmrw tmr tomo weekend soon tn 2morrow friday saturday sunday
        monday tuesday wednesday thursday birthday midnight later anniversary christmas tonigt"),
    ("UNIT", "night nights week weeks month day days hour hours hrs minutes mins min evening afternoon"),
    ("LONG", "years year yrs yr months decade decades ages"),
    ("ANYMORE", "anymore anymor longer nomore anylonger anymroe anymo"),
    ("FOREVER", "forever permanently eternally 4ever 4eva eternity eternal"),
    // Feelings.
    ("TIRED", "tired exhausted sick done weary drained fatigued tierd over fed worn"),
    ("HATE", "hate hating hated despise loathe h8 detest"),
    ("WORTHLESS", "worthless useless waste pathetic unlovable failure burden disgusting unwanted disappointment
        worthles mistake unloveable monster hopeless"),
    ("BURDEN", "burden burdens burdening"),
    ("HOPELESS", "hopeless hopelessness despair helpless despairing"),
    ("HOPE", "hope future point purpose reason reasons meaning escape way"),
    ("ALONE", "alone lonely isolated unloved abandoned invisible unwanted lonley"),
    ("LOW", "sad depressed depression depressing lonely alone empty numb miserable unhappy anxious anxiety
        crying cry cried upset broken awful terrible hurting worthless heartbroken overwhelmed sobbing unloved
        insecure stressed ashamed drained exhausted scared depresed depressd sadness"),
    ("CRY", "cry crying cried sobbing bawling weeping shaking"),
    ("PAIN", "pain suffering misery agony hurt hurting torment noise voices struggle sadness torture ache
        nightmare"),
    ("SCARED", "scared afraid terrified frightened scaredd"),
    ("SORRY", "sorry srry sry apologize apologies forgive sowwy"),
    ("LOVE", "love luv loved loves ily ilysm iloveyou"),
    ("GOODBYE", "goodbye goodbyes goodby farewell farewells bye byes gudbye byebye"),
    ("WROTE", "wrote written writing write finished left leaving typed typing wrte"),
    ("GAVE", "gave giving give given packed sorted donated"),
    ("STUFF", "stuff things belongings possessions everything pets cat dog clothes consoles"),
    ("GOT", "got bought have has found ordered saved hid hidden getting hiding stole took stolen loaded own
        purchased collected tied hold holding grabbed set sharpened tie"),
    ("HOARD", "stockpile stockpiled stockpiling hoard hoarded hoarding saved saving collecting collected stashed
        stashing counted counting hiding skipped gathered gathering"),
    ("STAND", "standing sitting stood im climbed sat"),
    ("JUMP", "jump jumping jumped leap throw throwing threw launch yeet fling step hurl stepping walk walking"),
    // Around the person: trans and queer distress, rejection, violence, panic.
    ("DYSPHORIA", "dysphoria dysphoric disphoria dysforia dysmorphia gd"),
    ("TRANS", "trans transgender queer gay lesbian bi bisexual nonbinary enby ftm mtf lgbt lgbtq transmasc
        transfem ace asexual pan transsexual genderfluid dyke aroace sapphic tran agender"),
    ("TRANSITION", "transition transitioning hrt hormones estrogen testosterone blockers surgery srs
        detransition"),
    ("KICKED", "kicked kicking threw throwing kick disowned disowning disown kickd"),
    ("MISGENDER", "misgender misgendered misgendering misgenders deadname deadnamed deadnames deadnaming"),
    ("OUTED", "outed outing"),
    ("HIT", "hitting hits beating beats beaten choking choked punched punching punches slapped slapping slaps
        kicking strangled strangling raping raped rapes assaulted assaulting molested molesting molests abusing
        abuses abused groping hurts threatening threatened chokes grabbed touches touching hit beat hurting
        attacked attacking groped grooming shoving shoved blackmailing sextorting touched"),
    ("HITNOW", "hitting hits beating beats choking raping threatening hurts abusing molesting punches chokes
        strangling slaps"),
    ("RAPED", "raped molested assaulted sexually rape sa groomed abused abuse"),
    ("PANIC", "panic panick panicking hyperventilating hyperventilate anxiety"),
    ("ATTACK", "attack attacks attk"),
    // What a sentence is about; see `context`.
    ("LAUGH", "lol lmao lmfao rofl haha hahaha hahahaha lolol xd lul lulw kekw kek omegalul lolz jk jkjk hehe heh
        ahaha ahahaha lmaoo loll skull ijbol lmaooo lool hah bahaha bahahaha hahah ahah jajaja lel pmsl crine icl
        lolll looool hahahah funny hilarious"),
    ("SINCERE", "fr frfr seriously serious srs srsly forreal legit unironically sincerely realtalk notjoking"),
    ("GAME", "game games gaming level boss lobby rank ranked match team teammate teammates enemy enemies respawn
        respawning spawn spawned raid quest npc npcs minecraft valorant league mid jungle dps healer ult nerf
        nerfed buff map headshot clutch round rounds dungeon elden souls lava creeper creepers zombie zombies
        grenade killcam pvp pve mob mobs soloq hardcore speedrun checkpoint controller lag ping roblox fortnite
        apex overwatch genshin sims cod warzone csgo cs2 dota steam xbox playstation ps5 nintendo mario zelda
        skyrim fallout stardew terraria player players play played playing playthrough gameplay fps rpg mmo noob
        noobs loot wow ffxiv hitbox aoe ammo sniper campfire tutorial mana hp damage mission inventory potion
        sims4 osu factorio rimworld dbd phasmo among hunt trophy achievement wipe wiped aggro queue respec stream
        streamer dnd campaign paladin wizard rogue bard pokemon nuzlocke catan chess uno ingame sekiro hades
        permadeath deathrun kd geoguessr parkour obby hollowknight cuphead celeste malenia radahn margit smash
        melee gta l4d2 rdr2 bg3 botw totk smite halo doom tank rocket potions sim guards"),
    ("HYPER", "homework hw essay exam exams finals midterm midterms quiz math maths calculus chemistry physics
        algebra class classes lecture meeting meetings shift work coworker coworkers deadline customer customers
        email emails traffic wifi commute cringe cringing cringey embarrassing embarrassed embarrassment awkward
        laundry dishes chores cute adorable spicy humidity laughing laughed hiccups allergies pollen cramps
        hangover hungover squats leg workout cardio stairs mosquito alarm sunburn autocorrect typo tiktok finale
        episode season homeworks assignment assignments project presentation coding bugs compiler merge printer
        excel spreadsheet jira dentist pizza tea coffee caffeine professor prof ikea furniture taxes adulting
        landlord sneezing sneeze outfit shoes selfie hairdresser haircut bangs zoom mic pun puns jokes meme memes
        football soccer basketball goal penalty ref lakers eurovision olives mayo pineapple sushi burrito css
        javascript regex java python rust semicolon vacuum statistics thesis dissertation spoilers spoiler
        cliffhanger nap itchy itch shipping patch download loading buffering"),
    ("LYRIC", "lyrics lyric song songs chorus verse album band singing sing sings playlist spotify listening mcr
        karaoke cover rapper ep soundtrack musical concert remix sang nirvana track"),
    ("FICTION", "movie movies film films show shows episode anime manga book books novel novels character
        characters protagonist villain fic fanfic fanfiction chapter netflix actor plot oc ocs comic comics
        roleplay rp poem drama kdrama documentary podcast musical season hamlet romeo juliet shakespeare ff7
        backstory trailer storyline cosplay tv writer author script arc canon finale ao3 webtoon"),
    ("TALK", "article articles study studies research statistics stats rate rates prevention awareness hotline
        hotlines lifeline helpline 988 samaritans resources training workshop seminar webinar campaign charity
        fundraiser donate donating donation survey policy law reported reporting percent percentage headline
        headlines news journalist risk factors moderators automod keyword keywords topic discuss discussing
        discussion psychology professor history volunteering volunteered organization organisation ted wikipedia
        stigma educate education learned debate legislation government court celebrity politician presentation
        euthanasia warning tw cw define definition resource posters flyer trevor tournament trial verdict suspect
        police investigation investigators according crime"),
    ("RECOVERY", "better recovered recovery proud grateful glad thankful happy happier healing therapy healed
        thriving past survivor milestone celebrate celebrating clean okay improved improving overcame stable
        blessed free"),
    ("ACCIDENT", "shaving shave cooking cook kitchen onion onions paper vegetable vegetables chopping lego
        accident accidentally accidental slipped tripping tripped stairs bike bicycle skateboard skateboarding
        ladder oven stove pan iron curling straightener soup tea coffee ramen bread cheese avocado bagel cucumber
        carrots potato potatoes dinner lunch baking cookies grease sledding skiing gym lifting deadlift squats
        soccer basketball climbing hiking furniture ikea stubbed toe parkour scissors crafting craft sewing
        gardening toast kettle nuggets pizza microwave sunburn sun eyeliner falling fell ice workout running
        stretching sneezing scooter trampoline whittling printer lasagna tomato"),
    ("EXAMS", "exam exams test tests class course quiz driving level licence license bar interview math maths
        finals inspection probation ranked trial midterm subject calculus"),
    // Never counted as a gap.
    ("FILLER", "just really so very fucking fkn fuckin fking effing freaking literally actually honestly the a an
        of to like kinda sorta kind sort pretty much been being be do am is are was were would could have has had
        that well even also still totally fully basically genuinely seriously definitely probably maybe already
        damn goddamn bloody bad badly simply only quite absolutely completely truly constantly rly rlly legit
        lowkey highkey ngl tbh fr rn now please pls plz fuckn gdi idk yk go get getting some such always sometimes
        often soo deadass at in on with for all too as lie down again then ever finally sincerely man bro dude um
        uh umm uhh omg god lol lmao haha one own whole goddam mf motherfucking will can tho sm hella secretly
        every day desperately tonight today gonna going start started starting actively gotta b 2 da 2b"),
    // Known, so that nothing else is read into it.
    ("NEUTRAL", "good see time day thing one two odd hello cool little off out up down in on at by from this it
        its what whats why how where there heres thats she the some feel look need keep make take know more less
        than has been will all well back over after before because cause cuz bc cos since until till while with
        about into through were being did does doing done said every still too even ever much same other another
        room pool moon soon wood food book foot root boot shoot tool school deed seed weed feed meet beet street
        sweet tree free three knee bee seem seen queen green screen week deep peel heel wheel steel reel bell
        cell sell tell yell fell hell shell smell spell dell full pull wall ball call fall hall tall small hill
        fill bill mill pill skill chill dad bad mad had lad sad god rod nod pod cod lego ego ellie ginny jill
        died dying lie lies lied lay laid yes yeah yea ok okay u r y n nice great man like love hate want try
        cry fly dry play pay say dice diet diesel diary diamond skilled studied stupid student self shelf elf
        golf wolf half"),
    // One slip in these is forgiven, and scraps that add up to them are joined.
    ("GRAVE", "suicide suicidal myself overdose overdosed overdosing goodbye unalive unaliving hopeless worthless
        selfharm selfharming anymore kill killing die dying disappear depressed relapsed antidepressants existing
        paracetamol dysphoria noose kms suicides pointless exist stockpiling burden alive cut dead"),
    // Numbers and what only patterns and the judgement ask for.
    ("NUM", "five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
        nineteen twenty thirty forty fifty sixty hundred dozen several"),
    ("YEAR", "2005 2006 2007 2008 2009 2010 2011 2012 2013 2014 2015 2016 2017 2018 2019 2020 2021 2022 2023
        2024 2025"),
    ("PASTACT", "killed hanged shot drowned overdosed unalived slit cut hurt burned burnt harmed took swallowed
        drank odded jumped relapsed slashed carved stabbed threw deleted taking"),
    ("BE", "be being been am is are was were"),
    ("ENDING", "ending end ended"),
    ("PICKED", "picked chose chosen set circled pick found"),
    ("DONE", "done over finished through"),
    ("HIS", "his her their my"),
    ("ANYONE", "anyone anyones anybody nobodys your yours theirs"),
    ("PLACE", "with in at near there here alone together on by without off somewhere under next across close
        upstairs downtown out through over"),
    ("INNER", "this like it myself pain body world hell skin anymore way life"),
    ("MURDER", "murder execute terminate"),
    ("MYSELF", "myself meself maself mysel myslef mself meslef ourselves mysef mysellf myslf"),
    ("DISAPPEAR", "disappear dissapear dissappear disapear vanish"),
    ("DRIVE", "drive driving crash crashing swerve swerving steer steering"),
    ("CRASH", "tree wall pole traffic truck river lake divider barrier semi lorry rail guardrail"),
    ("ROOM", "vc call server lobby group chat game discord party channel guild queue match gc minecraft club bar
        band team"),
    ("TONIGHT", "tonight tonite 2nite 2night tn tonigt"),
    ("WHO", "who whos"),
    ("VOICE", "brain voice voices head mind thoughts demons depression inner"),
    ("SFORM", "wants needs wishes deserves"),
    ("WHEN", "when after before once until till"),
    ("SCENIC", "view views photo photos pic pics sunset sunrise hike hiking beautiful pretty gorgeous tourists
        vacation holiday coffee breakfast reading book morning"),
    ("WEAPON", "belt stick bottle bat hammer cable cord fist fists knife chair shoe hanger pan rod spoon"),
    ("POINTLESS", "pointless meaningless worthless hopeless unbearable useless empty"),
    ("STRONG", "genuinely seriously serious actually unironically truly frfr legit sincerely"),
    ("AGAIN", "again lately recently yesterday tonight nowadays anew"),
    ("VERSE", "lyrics lyric"),
    ("DEATHLY", "die dying death dead suicide unalive unaliving sewerslide"),
    ("ATT", "way ways only rather except besides painless painlessly easier easiest option options answer relief
        peaceful peace inviting tempting ready better deserve forward escape choice choose fantasize fantasise
        daydream daydreaming comfort comforting welcome leaning obsessed solution appealing calling quickest
        fastest googling googled courage brave closer freedom free methods method looking craving urge urges
        fantasizing fantasising fantasized"),
    ("LIGATURE", "rope noose belt cord scarf wire cable"),
    ("SLIP", "without everyone better anymore wanted feeling thinking myself please really nothing nobody tonight
        forever wouldnt"),
    ("ASK", "asked asks ask asking asking wonders checking check"),
    ("MEAN", "mean meant meaning like"),
    ("DANGER", "scared locked hiding police knife drunk door gun help bathroom closet threatened weapon hide
        terrified afraid screaming yelling outside"),
    ("CHEER", "party wedding trip concert move moving pizza movie movies vacation flight excited school project
        dinner stream episode asking game games crush proposal propose interview class festival con convention
        beach camping sale holiday celebration presentation cake show tickets graduation adoption puppy kitten
        appointment surgery haircut server event garage art fundraiser launch release podcast recipe wrestling
        practice gym session tattoo exam exams test roommate apartment lease job dating"),
    ("UPSET", "angry mad sad upset disappointed hate hated why wish sorry regret regretting ashamed furious
        annoyed unfortunately sucks devastated crying cry"),
    ("KEEP", "stay live living keep continue exist existing go carry alive wake fight fighting"),
    ("REASON", "point reason reasons will purpose hope sure"),
    ("PERCH", "bridge roof rooftop ledge overpass railing cliff"),
];
