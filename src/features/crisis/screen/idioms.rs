//! Rules for what is no finding: figures of speech, and words that make others lighter, heavier or past.

use super::kind::Kind;

/// As in `patterns`.
#[rustfmt::skip]
pub const IDIOMS: &[(Kind, &str)] = &[
    // What these cover is closed to all others.
    (Kind::Idiom, "end well, end up in, go on the, go on a, go on vacation, go on that, go on my, go on our, go on
        stage, go on ROOM, cutting me off, cutting out, cutting off, cutting onions, cutting weight, cutting carbs,
        cutting sugar, cutting grass, cutting wood, die his hair, dead sea, died his hair, died her hair, dying to
        know, dying to see, dying to try, dying to hear, dying to meet, dying to play, dying to get, dying for a,
        dying of LAUGH, dying of laughter, dying laughing, died laughing, die laughing, die of laughter, die from
        laughing, die of embarrassment, died of embarrassment, die of cringe, die of boredom, died of boredom, die of
        cuteness, die of happiness, drop dead gorgeous, rather die than, rather kill SELF than, die hard, die on this
        hill, hill to die, dead by daylight, dead inside lol, i would die for, id die for, die for you, dying for
        some, killing it, killed it, kill it, kill time, killing time, kill the vibe, kill the mood, killed the vibe,
        kill two birds, suicide squad, suicide squeeze, suicide doors, suicide king, suicide burn, suicide boys,
        suicideboys, suicide run, suicide sprints, suicide mission, suicide bomber, suicide pact lol, virgin suicides,
        social suicide, career suicide, political suicide, suicide hotline, suicide prevention, suicide lifeline,
        suicide awareness, suicide helpline, suicide crisis line, crisis text line, suicide rates, suicide rate, anti
        suicide, death note, death stranding, near death, life and death, to death, death metal, death star, cut my
        hair, cutting my hair, cut ~ bangs, cut ~ fringe, cut ~ nails, cut ~ sleeves, cut class, cut off, cut ~ video,
        cut ME off, cut ME some, cut to, cut down on, cutting down on, cut back on, cut ties, cut contact, cut out,
        cut ~ grass, cut ~ steak, cutting edge, cutting corners, hang out, hanging out, hung out, hang with, hanging
        with, hang up, hung up, hang in there, hang on, hangman, shoot ME a, shoot you a, shoot him a, shoot her a,
        shoot hoops, shoot my shot, shot my shot, off topic, jump scare, jump in vc, jump in call, jump in the call,
        jump on vc, jump off call, jump off discord, jump off vc, jump rope, kill la kill, kill bill, kill streak,
        kill stealing, painkiller, dead weight, dead meme, dead chat, dead server, chat dead, server dead, dead
        battery, phone dead, dead pixel, dead cells, dead space, red dead, evil dead, walking dead, dead poets,
        grateful dead, over my dead body, dead serious, dead ass, dead on, dead last, dead end, dead island, dead to
        me, phone died, controller died, laptop died, battery died, pc died, wifi died, car died, plant died, chat
        died, server died, mic died, headset died, no life, get a life, life hack, real life, life of me, slice of
        life, night life, half life, second life, end of life, burn calories, burn out, burned out, burnt out, feel
        the burn, back burner, burn cds, burn a cd, roast myself, hit me up, hits me up, hit me like, hits me like,
        hit me that, hits me that, hitting me that, hits me hard, hit me hard, hit me in feels, hits me in, beat me
        at, beats me at, beat me to, hurts me to, hurts my eyes, hurts my head, beating me at, beats me in, beat me
        in, beating me in, touched my heart, choked on, killing me smalls, end it with, end it there, end it here, end
        it at, end it off, ended it with, end the call, end the stream, end it on, ending it with, bridge in
        minecraft, catch the train, miss the train, take the train, take my time, take pills for, birth control, the
        pill, take my vitamins, bye for now, good bye for, bye bye, live stream, live streaming, live chat, live show,
        live action, live music, live in, living room, living with, live with, living in, live near, living there,
        live there, live together, live without coffee, cant live without, living wage, living situation, cost of
        living, living my best, live laugh love, where i live, living alone, living on, make a living, for a living,
        no point in arguing, rope me into, roped me into, roped into, know the ropes, learn the ropes, tie the knot,
        over the edge, on the edge of, bleach my hair, bleach hair, bleached my hair, bleach my eyes, eye bleach,
        bleach anime, watching bleach, watch bleach, gun show, nerf gun, glue gun, water gun, heat gun, tattoo gun,
        top gun, finger guns, pop a pill of, chill pill, tough pill, bitter pill, hard pill, red pill, pills to
        swallow, poison pill, train of thought, train station, train to work, train for, roof over, raise the roof,
        window seat, window shopping, off myself in, building a, no hope for humanity, shoot SELF in foot, shot SELF
        in foot, shooting SELF in foot, choke on, hurt my back, hurt my knee, hurt my ankle, hurt my foot, hurt my
        feelings, punch myself in, kick myself, kicking myself, slap myself, pinch myself, hang a picture, hang ~
        poster, beat myself up, beating myself up, hate myself for, hate myself lol, get over myself, killing my vibe,
        killing my back, killing my feet, die in game, died in game, die in the, keep dying, kept dying, keep dying
        to, sleep forever lol, never wake up early, wake up early, wake up for, wake up to, wake up at, wake up on
        time, wake up before, be here soon, be here at, be here for, be here by, be here in, gone to bed, gone for ~
        days, be gone for, gone fishing, gone home, gone to the, gone wrong, gone viral, gone bad, gone crazy, gone
        insane, panic buy, panic buying, panic at the, panic button, panic room, panic mode, last day of, last night
        of, last day at, last week of, last message was, last chance to, my last life, last life, last straw, heart
        attack, attack on titan, take care of yourself, killed the boss, kill the boss, kill him in, kill the enemy,
        die from cringe, dying from cringe, could die happy, die happy, dies inside, die inside, died inside, dying
        inside lol, be the death of, death of me, death by chocolate, death row, death penalty, death eater, death
        valley, death knight, i hung my, hung my jacket, note to self, sticky notes, patch notes, take notes, taking
        notes, notes app, study notes, lecture notes, release notes, side note, love letter, love letters, cover
        letter, wrote notes on, wrote notes for, notes for class, note for class, give up on this, giving up sugar,
        give up my seat, gave up sugar, given up on diet, cut myself some, cut myself slack, give myself, treat
        myself, harm reduction, no harm, do no harm, self care, do sh, oh sh, kill switch, kill command, kill process,
        kill the process, kill child, killed the process, dead code, deadlock, dead lift, right to die, assisted
        dying, assisted suicide, murder suicide, doctor assisted, dying wish, dying breed, dying light, dye my hair,
        eat my feelings, emotional damage, od on cute, overdose on cute, overdosing on cute, overdose on caffeine,
        overdosed on caffeine, overdosed on sugar, overdose on serotonin, overdosed on candy, od on sugar, od on
        caffeine, overdosed on coffee, od on coffee, od on candy, od on memes, overdose on memes, overdosing on
        cuteness, overdose of cuteness, overdosing on caffeine, overdosing on coffee, beats me why, beats me how,
        beats me lol, KICKED me out ROOM, KICKED out of ROOM, need help with, help me with, need help on, need help
        finding, need help choosing, need help picking, help me pick, help me find, help me choose, help me decide,
        help me understand, need someone to play, need someone to carry, dye MY, dye hair, dye it, dye job, tie dye,
        dye a, dye the, jump in, jump on, jump into, jump to, jump ship, jump back, jump for joy, jump around, health
        pills, ENDING things with, hit me with, hits me with, hitting me with, SELFHARM free, SELFHARM content,
        SELFHARM warning, SELFHARM awareness, SELFHARM rule, SELFHARM channel, SELFHARM resources, SELFHARM topics,
        SELFHARM mention, SELFHARM tw, jump off, jump over, jump through, jump right, jump straight, jump out, jump
        at, jumping in, jumping on, jumping into, jumping off, jumping to, plan for saturday, plan for the, plan for
        my, plan for our, NUM mg, ending it here, gone next, gone this week, gone on, gone all day, gone over, cares
        about the, cares about your, care about the, wake up late, wake up in time, wake up sick, wake up with, leave
        ROOM, locked me out my, locked out of my, gone for lunch, was gone for, BE to die for, dead asleep, die before
        my, die before he, die before she, die before you, life drawing, life science, be a burden but"),
    // What changes a meaning.
    (Kind::Past, "used to, back then, back when, NUM LONG ago, LONG ago, months ago, LONG back, when i was NUM, when i
        was in, when i was younger, when i was little, when i was a, when i was at, when i was like, as a kid, as a
        teen, as a teenager, as a child, in high school, in highschool, in middle school, in the past, last year, few
        LONG ago, growing up, before i came out, before i transitioned, before hrt, at my worst, at my lowest, back
        in, in YEAR, since YEAR, long time ago, once upon, first came out, nolonger feel, formerly, previously, last
        summer, last winter, my younger self, my teens, during lockdown, during covid, LONG clean, UNIT clean, clean
        for, clean from, clean since, UNIT free, LONG free, sh free, anniversary of, survivor, in recovery, ive
        recovered, i recovered, got better, NUM LONG since, LONG since, i once, in college, in uni, in university,
        couple LONG ago, before therapy, before meds, before i started, before my diagnosis"),
    (Kind::Recent, "last night, last week, this morning, this week, this evening, yesterday, just now, UNIT ago,
        earlier today, earlier TONIGHT, TONIGHT, today, again, an hour ago, few days ago, NUM UNIT ago, right now, rn,
        just took, just tried, just did, the other night, the other day, this month, i just, ive just, still bleeding,
        now, just PASTACT, PERSON just, HE just"),
    (Kind::Joke, "jk, just kidding, just joking, im kidding, im joking, in minecraft, in roblox, in the sims, in sims,
        in a video game, in a game, LAUGH, not serious, not srs, its a joke, its a meme, obviously joking, dramatic,
        being dramatic, so dramatic, drama queen, figuratively, not literally, metaphorically, was joking, as joke,
        its joke, living the dream, love that for me, big mood, j k, sarcasm"),
    (Kind::Earnest, "SINCERE, im serious, not joke, not a joke, not being dramatic, not being funny, mean it, i mean
        it, really mean it, not even joking, for real this, not exaggerating, not hyperbole, no exaggeration, please
        take seriously, please help, idk what to do, dont know what to, need help, CANT stop CRY, scared, im scared,
        so scared, cry for help, every day, every night, every single day, every morning, all the time, constantly,
        haunts me, NEG joking, NEG kidding, NEG a joke, STRONG"),
    (Kind::Conditional, "if i see another, if i see one, if i hear one, if i hear another, if i get another, if i get
        one, if this game, if this class, if this doesnt, if this isnt, if we lose, if we dont, if i lose this, if i
        miss this, if you dont, if u dont, if you post, if you say, if you spoil, if you make me, if one more, one
        more time, one more person, if another, if it rains, if i hear, if i see, if i read, if i watch, if i listen,
        again i will, if i lose, if we"),
];
