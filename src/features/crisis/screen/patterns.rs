//! The rules: what a few words in a row mean. None is longer than four words; who says it, when, and whether it is meant
//! is decided afterwards, in `judge`.

use super::{idioms::IDIOMS, kind::Kind};

/// Patterns separated by commas. CAPITALS name a class, other words stand for themselves; fillers may stand between two
/// words, and `~` allows three others as well.
#[rustfmt::skip]
const RULES: &[(Kind, &str)] = &[
    // Killing oneself.
    (Kind::Act, "KILL SELF, KILL off SELF, ENDING HIS LIFE, end HIS own LIFE, ending HIS own LIFE, take HIS own LIFE,
        taking HIS own LIFE, took HIS own LIFE, take HIS LIFE, taking HIS LIFE, took HIS LIFE, ENDING it all, ENDING
        everything TONIGHT, COMMIT SUICIDE, COMMIT die, COMMIT SUICIDAL, commit sui, KMS, do SUICIDE, go through
        SUICIDE, off SELF, offing SELF, shoot SELF, hang SELF, hanging SELF, throw SELF off, JUMP SELF off, throw SELF
        under, JUMP SELF VEHICLE, JUMP SELF in front, JUMP in front VEHICLE, JUMP in front of, JUMP infront of, JUMP
        infront VEHICLE, JUMP off ~ HIGHPLACE, JUMP from ~ HIGHPLACE, JUMP out ~ window, JUMP into traffic, step into
        traffic, walk into traffic, walking into traffic, run into traffic, walk in traffic, drive into ~ tree, drive
        into traffic, drive off ~ HIGHPLACE, drive off road, crash my car, crash the car, drive into ~ wall, drive
        into oncoming, swerve into, step infront of VEHICLE, step in front of, walk in front of, lay on tracks, lie on
        tracks, walk onto tracks, blow my HEAD out, blow my HEAD off, blow my fucking HEAD, bullet ~ HEAD, gun ~ HEAD,
        bullet ~ me, gun ~ mouth, CUT open my veins, bleed out, bleed to death, drink bleach, drinking bleach, drank
        bleach, drink antifreeze, OVERDOSE, take ~ overdose, TOOK WHOLE PILLS, TOOK WHOLE ~ PILLS, TOOK ~ WHOLE PILLS,
        TOOK NUM PILLS, TOOK NUM ~ PILLS, take my pills all, catch the bus early, check out permanently, log off life,
        log out of life, unsubscribe from life, unsubscribe from existence, delete SELF from, uninstall life,
        uninstall SELF, alt f4 life, alt f4 SELF, toaster bath, bath with toaster, die by SUICIDE, die by my hand, end
        MY existence, put a bullet, ENDING SELF, ending SELF, ending HIS LIFE, ended HIS LIFE, starve SELF to, walk
        into ~ ocean, walk into ~ sea, walk into ~ lake, walk into ~ river, drown SELF, take myself out, do myself in,
        finish myself off, final exit, exit this life, exit bag, slit them, neck SELF, rope SELF, SELF delete, do away
        SELF, dispose SELF, get rid SELF, kill me myself, suicide SELF, suicided, MURDER SELF, kermit SUICIDE, kermit
        sewer slide, kermit, commit not alive, sewerslide, take HIS fucking LIFE, end HIS fucking LIFE, end MY
        miserable life, end HIS damn LIFE, end this life, ending this life, end my lyfe, take the easy way, take easy
        way out, easy way out, eat a bullet, eating a bullet, yeet SELF off, yeet SELF out, yeet SELF, fling SELF off,
        throw SELF from, throw SELF out, throw SELF in front, throw SELF into, drive my car ~ off, DRIVE ~ into ~
        CRASH, DRIVE ~ off ~ HIGHPLACE, ENDING things, PLANS jump, WILL jump, WANT jump, about to jump, ready unalive,
        gonna unalive, WILL unalive, letting go of wheel, let go of wheel, get HIT by VEHICLE, getting HIT by VEHICLE,
        URGE jump, URGE ~ jump, minecraft SELF, alt f4 ~ life, TOOK ~ NUM ~ PILLS, TOOK every PILLS, WANT end MY
        suffering, WANT end MY pain, WANT end MY misery, gonna end MY pain, gonna end MY suffering, WILL end it, PLANS
        end it, ready end it, THINK ~ end it, THINK ~ ending it, CUT HIS wrist, CUT HIS wrists, CUT HIS throat, CUT
        HIS veins, threatening to jump, threatened to jump, end HIS LIFE"),
    (Kind::Kys, "KYS, KILL YOURSELF, hang YOURSELF, end ur life, end your life, end YOURSELF, go die, drink bleach YOU, neck YOURSELF, rope YOURSELF, jump off YOU"),
    // Hurting oneself.
    (Kind::SelfHarm, "HURT SELF, CUT SELF, harm SELF, burn SELF, SELFHARM again, do SELFHARM, selfharm, selfharming,
        selfharmed, to sh, sh again, sh urges, urge sh, sh relapse, CUT my arm, CUT my arms, CUT my thigh, CUT my
        thighs, CUT my leg, CUT my legs, CUT my skin, CUT up my, CUT into my BODY, cutting again, cut again, CUT open
        my BODY, carve into my, start cutting, started cutting, cutting habit, want to cut, wanna cut, URGE cut, URGE
        cutting, URGE HURT, need to cut, gonna cut TONIGHT, back to cutting, cut deeper, cut too deep, cuts too deep,
        cut so deep, took ~ blade, blade ~ skin, blade to my, razor to my, razor on my, knife to my, knife on my,
        blade on my, lighter on my, lighter to my, burn my arm, burn my arms, burn my skin, burn my thighs, scratch my
        arms, scratched my arms, scratch till bleed, scratching until bleed, until i bleed, till i bleed, make SELF
        bleed, watch SELF bleed, see SELF bleed, hit SELF, hitting SELF, punch SELF, punching SELF, bang my head,
        banging my head, hit my head against, more cuts, hide my cuts, hiding my cuts, my cuts, starve SELF, starving
        SELF, punish SELF, PILLS to feel, slice my BODY, slice up my, slice SELF, need the blade, use the blade, miss
        the blade, see my blood, bruise SELF, pick my skin raw, stub ~ out on my, the blade again, razor again, blade
        again, razorblade, my razor, fresh cuts, new cuts and, HURT my BODY until, HURT my BODY till, HURT my BODY
        again, HURT my BODY so, CUT ~ only thing, CUT helps, cutting helps, cutting is, cutting makes, HURT SELF on
        purpose, BODY until it bled, until it bled, till it bled, until it bleeds, CUT ~ into my BODY, HURT ~ on
        purpose, HURT my BODY ~ purpose, WANT see blood, WANT see my blood, blade ~ i want, my blade, HURT my BODY
        cigarette, cigarette on my BODY, just cut for, just cut again, i cut for, cut for first, cut HIS arms, cut HIS
        arm, TRY NEG CUT, TRY NEG HURT SELF, TRY NEG use it, blade ~ trying NEG, razor ~ trying NEG, used to cut, keep
        cutting, kept cutting, stop cutting, WANT cut SELF, been cutting every, been cutting again, been cutting for,
        been cutting SELF, been cutting lately, been cutting more"),
    (Kind::Relapse, "RELAPSE, i RELAPSE, broke my streak, day 0 again, lost my streak clean, purging again, threw up
        on purpose, making myself throw, make myself throw, make myself vomit, made myself throw, URGE back, URGE
        again, URGE are back, URGE getting stronger, URGE strong, URGE are strong, URGE bad"),
    (Kind::SelfHarmTopic, "SELFHARM, CUT scars, my scars, sh scars, sh"),
    // A wish to be dead.
    (Kind::Wish, "WANT DIE, WANT DEAD, WANT ~ and DIE, WANT be gone forever, WANT I DIE, WANT I DEAD, WISH I ~ DEAD,
        WISH I ~ DIE, WISH DIE, FEEL like DYING, FEEL like DIE, FEEL like KILL SELF, FEEL like ending, need to DIE,
        ready to DIE, ready for death, WANT DEATH, crave DEATH, deserve to DIE, deserve DEATH, should DIE, should be
        DEAD, should have DIE, should of died, shouldve died, shoulda died, better off DEAD, better if i DIE, better
        if i DEAD, better if im DEAD, WANT BE unalive, WANT unalive, better DEAD, easier DEAD, rather be DEAD, rather
        DIE, NEG WANT LIVE, NEG WANT ALIVE, NEG WANT be ALIVE, NEG WANT HERE ANYMORE, NEG WANT exist, NEG WANT
        existing, NEG WANT LIFE, NEG WANT go on, NEG WANT wake up, NEG WANT ~ wake up, NEG WANT continue living, NEG
        WANT keep living, NEG WANT see tomorrow, NEG WANT this life, NEG WANT another day, NEG WANT be around, NEG
        WANT grow up, NEG WANT keep ALIVE, NEG feel like LIVING, NEG feel like living, NEG care ALIVE, WISH I NEG
        ALIVE, WISH I NEG HERE, WISH I NEG exist, WISH I NEG born, WISH I stopped ALIVE, WISH I NEG wake, WISH I NEVER
        born, WISH i ~ NEG wake, HOPE NEG wake, pray NEG wake, WISH NEG wake up, hope i dont wake, WISH I ~ NEG woken,
        NEG wake up again, NEG wake up tomorrow, NEG wake up ANYMORE, NEG have to wake, never waking up, NEVER wake
        up, sleep NEVER wake, asleep NEVER wake, sleep FOREVER, asleep FOREVER, sleep NEG wake, asleep NEG wake, to
        sleep FOREVER, NEG waking up, WANT stop ALIVE, WANT stop existing, stop existing, stop being alive, cease to
        exist, cease existing, WANT NEG exist, WANT NEG ALIVE, WANT NEG be HERE, WANT NEG be ALIVE, NEG be HERE
        ANYMORE, NEG HERE ANYMORE, NEG exist ANYMORE, NEG be ALIVE ANYMORE, NEG ALIVE ANYMORE, NEG LIVE ANYMORE, CANT
        LIVE ANYMORE, CANT LIVE like this, CANT keep living, CANT go on living, CANT continue living, TIRED of living,
        TIRED of being alive, TIRED of existing, TIRED of being HERE, TIRED of life, TIRED of MY LIFE, done with life,
        done with living, done living, done existing, done being alive, done with this life, over being alive, hate
        being alive, hate living, hate existing, hate that im alive, hate being here, hate waking up, sick of waking
        up, sad i woke up, disappointed i woke up, mad i woke up, upset i woke up, no reason to live,
        no reason to be, NO reason ALIVE, NO reason ~ LIVE, NO reason ~ ALIVE, NO reason ~ HERE, reason to stay alive,
        reason to keep living, reason to keep going, reason to wake up, NO reason ~ wake, NO reason go on, nothing to
        live for, nothing left ~ live, NO ~ live for, nothing keeping me here, nothing left for me, nothing left to
        stay, NO point ~ LIVING, NO point ~ LIFE, NO point ~ ALIVE, point of living, point in living, point of being
        alive, point in being alive, point of staying alive, point in existing, point of existing, point in staying
        alive, point ~ ALIVE, point in my life, why am i ALIVE, why even ALIVE, why do i exist, why bother living, why
        keep living, why keep going, life NEG worth LIVING, NEG worth LIVING, NEG worth it LIVING, life NEG worth, NEG
        worth being alive, NEG worth staying alive, leave this world, leave this earth, leave this planet, leave this
        life, leaving this world, leaving this earth, leaving this life, exit this world, gone from this world, this
        world soon, be with ~ again soon, join ~ in heaven, join him in heaven, join her in heaven, join ~ in death,
        death sounds peaceful, death sounds nice, dying sounds nice, dying sounds peaceful, dying sounds good, death
        seems better, death would be, dying would be, be dead than alive, dead sounds, DEATH ~ relief, DEATH ~ peace,
        DEATH ~ only, dying ~ relief, dying ~ only, dying ~ easier, die already, die in my sleep, dying in my sleep,
        die in sleep, DIE peacefully, WANT hit by, WISH ~ hit me, hope ~ hit me, hope ~ hits me, WISH ~ hit by, hope ~
        hit by, hope ~ kills me, WISH ~ kill me, WISH ~ kills me, WISH ~ killed me, WISH ~ run me over, LIFE over,
        tired of ALIVE, TIRED of breathing, tired of surviving, WANT my life over, WANT life to end, WANT my life end,
        WANT it all over, WANT it all end, WANT it all stop, WANT everything to end, WANT everything to stop, WANT
        this all end, WANT MY LIFE stop, DONE ~ world, WISH it would end, WISH i could end, WISH ~ aborted, should ~
        aborted, should never ~ born, shouldnt ~ alive, shouldnt be here, shouldnt exist, NEG deserve LIVE, NEG
        deserve ALIVE, NEG deserve be here, NEG supposed ALIVE, NEG meant to LIVE, NEG meant ALIVE, NEG meant for
        this, NEG made for life, thoughts of DYING, thinking about DYING, THINK ~ DYING, fantasize about DYING, dream
        of DYING, obsessed ~ DEATH, only way out DEATH, see myself alive, see myself living, NEG survive TONIGHT, NEG
        survive the night, NEG make it through, make it ~ alive, NEG see SELF ALIVE, NEG live past, NEG live to see,
        NEG make it past, dont want tomorrow, want no tomorrow, NEG wish to LIVE, NEG wish ALIVE, rip me soon, will to
        live, will to exist, want out of life, WANT out permanently, let me die, let me DIE, let me go already, let me
        rest forever, WANT eternal rest, rest forever, wish for death, begging for death, pray for death, waiting to
        die, waiting for death, looking forward to death, NEVER ~ make it past, make it past NUM, make it through
        night, make it through TONIGHT, survive the night, survive TONIGHT, if i DEAD, IF VEHICLE HIT me, WISH VEHICLE
        HIT me, IF VEHICLE ~ me over, get HIT by VEHICLE, WANT get HIT by, hit by VEHICLE tomorrow, if i just died,
        die than live, die than keep, DIE than exist, SHOULD be gone, SHOULD just be gone, WANT heart stop, heart stop
        beating, heart would stop, WANT stop breathing, who would find me, everyone would find me, they would find me,
        theyd find me, SHOULD NEG exist, SHOULD NEG ALIVE, giving up on life, give up on life, gave up on life, given
        up on life, giving up on living, enough of LIVING, enough of LIFE, gone for good, CANT LIVE with that, CANT
        LIVE with this, CANT LIVE with SELF, NEG THINK ~ LIVE like, NEG THINK ~ LIVE ANYMORE, NEG LIVE like this, NEG
        know if LIVE, courage to DIE, rather be DEAD than, rather DIE than, would be dead already, nothing ~ WANT
        LIVE, nothing ~ keep living, NEG plan ~ ALIVE, NEG planning ~ ALIVE, WISH VEHICLE ~ stop, WISH VEHICLE NEG
        stop, WISH HE NEVER born, WISH HE DEAD, WISH HE NEG ALIVE, WANT DISAPPEAR FOREVER, DISAPPEAR FOREVER, if i
        died, NEG WANT see another, NEG WANT HERE without, heart stops in, WISH ~ heart stops, why should i live, why
        should i keep, why live, TIRED by life, world ~ without me, DIE for what i, deserve DIE, CANT LIVE in this,
        NEG LIVE in this, CANT LIVE in my, CANT LIVE in HIS, CANT ~ reason KEEP, NO reason KEEP, NEG ~ reason KEEP,
        CANT ~ point KEEP, NEG see point KEEP, NO point KEEP, what ~ point KEEP, WISH I ~ accident, WISH I ~ crash,
        WISH I ~ cancer, WANT di, why CANT i DIE, DISAPPEAR from this, DISAPPEAR from world, DISAPPEAR from earth,
        SHOULD ~ succeeded, attempt had worked, if i NEG ALIVE, make it to tomorrow, DEATH ~ all i, guts to DIE,
        rather NEG ALIVE, NEG ~ live to see, NEG ~ LIVE past NUM, CANT ~ LIVE another, CANT bear to LIVE, CANT bear
        LIVE, CANT stand LIVE, ending it seems, ending it sounds, ending it feels, only ALIVE because, im only
        ALIVE"),
    (Kind::State, "SUICIDAL, feel SUICIDAL, SUICIDAL thoughts, SUICIDAL ideation, thoughts of SUICIDE, THINK SUICIDE,
        THINK about SUICIDE, THINK ~ SUICIDE, URGE SUICIDE, SUICIDE only, SUICIDE ~ option, SUICIDE ~ answer, SUICIDE
        ~ mind, SUICIDE my mind, plan SUICIDE, PLANS SUICIDE, PLANS my SUICIDE, my SUICIDE, TRY SUICIDE, SUICIDE
        attempt, my attempt, si ~ bad, attempted again, SUICIDE all i think, SUICIDE i think, talking about SUICIDE,
        SAY about SUICIDE, mentioned SUICIDE, mentioning SUICIDE, feel sui, feeling sui, sui thoughts, so sui,
        actively sui, sui rn, sui vibes, big sui, ways to DIE, how to DIE painlessly, painless way, reason i NEG KILL,
        NEG KILL SELF yet, reason ~ NEG KILL SELF, PLANS my DEATH, planning my DEATH, my own DEATH, TRY NEG KILL SELF,
        only reason im ALIVE, reason im ALIVE, reason im still ALIVE, reason i havent died"),
    (Kind::Topic, "SUI, SUICIDE, KMS, ctb"),
    // Steps.
    (Kind::Plan, "made my plan, have a method, chosen ~ method, found a method, found a way out, method picked, dead
        by tomorrow, dead by TONIGHT, dead by morning, dead by friday, dead by the, wont wake up tomorrow, NEG be
        ALIVE tomorrow, NEG be alive by, NEG alive by, NEG alive tomorrow, NEG be ALIVE much, NEG be HERE much, NEG be
        HERE longer, NEG HERE much longer, NEG be around longer, NEG alive for, i die TONIGHT, dying TONIGHT, die
        TONIGHT, ending it TONIGHT, end it TONIGHT, end it soon, end things TONIGHT, ending it today, ending things
        TONIGHT, ending it soon, my last night alive, last night alive, last day alive, my last day alive, last night
        on earth, my final hours, last few hours alive, made peace ~ dying, at peace with dying, goodbye TONIGHT,
        PLANS DIE, PLANS on DYING, chose to DIE, decided on DYING, wont be ALIVE, ill be DEAD SOON, SOON ill be DEAD,
        by SOON ill be, be DEAD by SOON, be DEAD before, DEAD by SOON, TONIGHT i DIE, tomorrow i DIE, day im gonna
        DIE, day i DIE"),
    (Kind::Prep, "WROTE ~ goodbye letter, WROTE goodbye, WROTE my goodbyes, WROTE ~ suicide note ready, WROTE ~ my
        note, my suicide note, WROTE my note, goodbye note, goodbye notes, goodbye letter, goodbye letters, goodbye
        video, note is WROTE, notes WROTE, letters WROTE, final letter, HOARD PILLS, HOARD ~ PILLS, HOARD my PILLS,
        stockpiling, got my PILLS ready, PILLS ready, PILLS lined up, pills laid out, pills in front, pills in my
        hand, pills ~ my hand, pills next to me, bottle in my hand, holding ~ PILLS, staring ~ PILLS, PILLS staring,
        enough PILLS, enough ~ kill me, GOT ~ noose, tied ~ noose, tied ~ rope, noose ~ ready, rope ~ ready, rope is
        tied, noose, loaded gun, gun is loaded, loaded the gun, gun ~ my hand, gun in hand, holding ~ gun, gun next to
        me, gun to my head, knife to my throat, knife in my hand, razor in my hand, blade in my hand, blade ~ hand,
        razor ~ hand, on the tracks, edge of ~ bridge, edge of ~ roof, edge of ~ cliff,
        other side of railing, put ~ affairs in order, affairs in order, time you
        read this, by time you read, when you read this, time u read this, when u read this,
        said my goodbyes, saying my goodbyes, gift ~ after im gone, passwords ~ after im, planning my funeral, find my
        body, finds my body, found my body, find me dead, edge of ~ HIGHPLACE, edge of HIGHPLACE, planned my funeral,
        plan my funeral, LIGATURE ~ neck, around my neck, loaded ~ gun, loaded ~ pistol, LETHAL ~ goodbye, STAND on
        PERCH, STAND at PERCH, STAND ~ ledge, STAND ~ railing, STAND on tracks, STAND on train tracks, top of PERCH, top of ~ garage, at train tracks"),
    (Kind::Attempt, "took so many PILLS, took the pills, took them all, swallowed ~ PILLS, swallowed them all,
        swallowed everything, ate ~ whole bottle, drank bleach, drank the bleach, overdosed, just overdosed, odd on
        PILLS, od on PILLS, od last night, survived my attempt, survived my suicide, attempt failed, attempt didnt
        work, failed attempt, my last attempt, i attempted, attempted last night, attempted again,
        attempted suicide, suicide attempt, tried to od, tried to overdose, tried to hang, tried to jump, tried to end
        it, tried to end things, tried ending it, tried to die, woke up in hospital, pumped my stomach,
        stomach pumped, wrists are bleeding, bleeding a lot, bleeding so much, wont stop bleeding,
        bleeding out, bleeding everywhere, pills are kicking in, pills kicking in, pills are
        working, its kicking in now, took ~ NUM PILLS, took ~ bottle, downed ~ bottle, TOOK ~ many PILLS, I odd again,
        I odd last, I odd on, I odd ~ ago, I odd yesterday, I odd today, TOOK ~ PILLS ~ purpose, took too many
        purpose, TOOK ~ PILLS not wake, drank ~ bleach, drank ~ antifreeze"),
    (Kind::Means, "the MEANS, my MEANS, have ~ MEANS, GOT MEANS, GOT ~ MEANS, MEANS, pills and vodka, VEHICLE tracks,
        LETHAL ready, STAND ~ HIGHPLACE, at ~ tracks, PILLS ~ wondering"),
    // Endings and farewells.
    (Kind::Act, "end it all, ending it all, ended it all, end everything, ending everything, end this all, end all
        this, end all of this, just end it, want to end it, wanna end it, gonna end it, ending it, end it already,
        finally end it, end it for good, end it once, just end things, end it TONIGHT, end it now, end it rn, end it
        today, ENDING it ANYMORE, ENDING this pain, end the pain, end the suffering, make it all stop, make it all
        end, make it end, end things for good"),
    (Kind::GoneSoon, "NEG be HERE tomorrow, NEG be HERE soon, NEG be HERE next, NEG be HERE for, NEG be around
        tomorrow, NEG be around soon, NEG be around for, gone soon, be gone soon, be gone tomorrow, ill be gone, im
        leaving soon, leaving for good, leave for good, be free soon, be over soon, all over soon, NEG bother you
        ANYMORE, NEG bother anyone ANYMORE, NEG be problem ANYMORE, out of your hair, rid of me, free of me, NEG have
        to deal, NEG have to worry, NEG have see me, hear from me again, see me again, remember me, catch the bus,
        catching the bus, going away forever, going somewhere better, better place soon, be at peace, find peace,
        finally be free, finally rest, rest soon, GAVE away STUFF, GAVE STUFF away, GAVE ~ my STUFF, GAVE all STUFF,
        GAVE away all, GAVE away ~ STUFF, gave my cat away, gave my dog away, my last night, my last day, left a note,
        leaving a note, left notes, leave a note, GAVE ~ STUFF away, WROTE the note, deleted my accounts, deleting my
        accounts, have a plan, got a plan, made a plan, know how ill, know how id, know exactly how, PICKED ~ date,
        picked a date, set a date, chose a date, chosen a date, chosen a day, picked a day, PICKED ~ day, have a date,
        date set, tonights the night, TONIGHT is the night, todays the day, today is the day, its happening TONIGHT,
        doing it TONIGHT, do it TONIGHT, do it tomorrow, going through with, go through with it, gonna do it, im doing
        it, done it TONIGHT, planning it for, planned it out, plan it out, everything is ready, everything ready, its
        all planned, all planned out, be over TONIGHT, all over TONIGHT, over by tomorrow, over by TONIGHT, gone by
        tomorrow, gone by morning, gone by TONIGHT, decided to go, decided to leave, decided to end, made my decision,
        made up my mind, peace with it, leaving TONIGHT forever, done by TONIGHT, gone TONIGHT, last birthday, my
        final night, my final day, deleted all my accounts, bottle of pills, WROTE my notes, WROTE letters to, goodbye
        texts, WROTE my will, writing my will, wrote a will, notes ~ desk, note on my desk, note is on, enough pills,
        enough meds, said goodbye to everyone, saying goodbye to everyone, said goodbye to all, care of my cat, care
        of my dog, look after my cat, look after my dog, bus TONIGHT, last letters, last letter, take my cat when, NEG
        plan ~ around, NEG planning ~ around, NEG PLANS ~ around, final message, last message, last post, final post,
        last words, final words, end of the road, end of the line, time has come, my time to go, its my time, on my
        desk, take my dog, take my cat, take care of my, date and method, a method, get it over with, under my pillow,
        wont be a problem, just need courage, bought the rope, bought ~ rope, took too many, took too much, NEG need
        it ANYMORE, NEG need them, NEG need stuff, way to bridge, way to the bridge"),
    (Kind::Goodbye, "goodbye everyone, goodbye all, goodbye guys, goodbye world, bye everyone forever, goodbye yall,
        GOODBYE, LOVE you all, love yall, love u all, SORRY everyone, SORRY to everyone, SORRY for everything, sorry
        mom, sorry mum, sorry dad, sorry for being, thank you for everything, thanks for everything, thank u for
        everything, tell my PERSON, tell them i, NEG ANYONE fault, nobodys fault, take care of each, take care
        everyone, look after each other, it was nice knowing, nice knowing you, nice knowing yall, was nice knowing,
        been nice knowing, NEG blame YOURSELF, NEG feel guilty, thank you for being, appreciated you"),
    (Kind::LastGoodbye, "goodbye FOREVER, bye FOREVER, final goodbye, last goodbye, goodbye cruel world, this is
        goodbye, this is it for, this is it guys, this is my goodbye, my goodbye, final farewell, so long forever,
        NEVER see me again, NEG see me again, NEG hear from me, NEVER hear from me, NEG see me ANYMORE, my time is up,
        my times up, checking out for good, checking out forever, checking out of life, dont look for me, dont try to
        find, dont come looking, signing off forever, signing off for good, logging off forever, peace out forever,
        forgive me for what, tell ~ i love, tell ~ im sorry, goodbye message, goodbye post, goodbye text, goodbye
        tweet, peace out FOREVER"),
    // Nobody would miss me; I am a weight.
    (Kind::Burden, "better off without me, better without me, better without ME, be better without me, be happier
        without me, happier without me, easier without me, better off if i, better if i GONE, better if i wasnt,
        better if i didnt, better if i disappeared, better if i left, better if im gone, better when im gone, better
        once im gone, easier if i GONE, easier if i wasnt, easier if i didnt, happier if i GONE, happier if i wasnt,
        happier when im gone, happier once im gone, happier with me gone, better with me gone, better with me dead,
        better off with me, world without me, BURDEN EVERYONE, BURDEN them ANYMORE, NEG be burden ANYMORE, waste of
        space, waste of air, waste of oxygen, waste of life, fine without me, okay without me, ok without me, be fine
        without, rather have dead KIN, rather dead KIN than, rather have me dead, rather i was dead"),
    (Kind::Passive, "NOBODY ~ care if, NOBODY ~ notice if, NOBODY ~ miss me, NOBODY ~ notice im, NOBODY would notice,
        NOBODY would care, nobodyd care, nobodyd notice, nobodyd miss me, NEG anyone care if, would anyone care, would
        anyone notice, would anyone miss, would anyone even, wonder if anyone, who would miss me, who would care if,
        who would even care, who would even notice, would they miss me, would they even care, would they notice, if i
        disappeared, if i just disappeared, if i GONE, if i DIE, if i wasnt here, if i were gone, if i vanished, when
        im gone, after im gone, once im gone, when im dead, once im dead, DIE would anyone, nobody would care, nobody
        would notice, nobody would miss, NEG be missed, WANT to vanish, WANT to fade away, fade away, WANT to be
        nothing, wish i could disappear, disappear and never, NEG want to feel, feel nothing forever, WANT be gone,
        NEG care if i, NEG care what happens, NEG mind dying, wouldnt mind DYING, wouldnt mind DIE, wouldnt mind NEG,
        wouldnt mind if, wouldnt care if i, NEG care about living, NEG care ANYMORE live, NEG afraid to die, NEG
        scared to die, NEG afraid of dying, NEG afraid of death, NEG scared of dying, NEG scared of death, NEG look
        both ways, stopped looking both ways, stopped wearing seatbelt, NEG care LIVE or, live or die, WANT it to
        stop, WANT it to end, WANT it be over, WANT it over, WANT this to end, WANT this to stop, WANT this over, WANT
        this be over, WANT the PAIN stop, WANT PAIN to stop, WANT PAIN to end, WANT PAIN over, make the PAIN stop,
        make it stop, WANT peace, WANT everything be over, WANT to sleep FOREVER, waiting for it end, only way out,
        only way to stop, only way to end, only way it stops, only option left, no other way, no way out, NO other
        option, NO way out of, see NO way, NO escape, WANT DISAPPEAR, i could DISAPPEAR, just DISAPPEAR, i want out,
        why im still here, why im here, why am i here, why am i still, how do people keep, NEG survive, be sorry when
        im, go where he is, go where she is, be with HE again, be with KIN again, courage to do it, courage to do,
        brave enough to, need the courage, come to my funeral, at my funeral, my own funeral, cry at my funeral, how
        easy ~ be, ways to do it, NEG WANT be HERE, NEG WANT HERE, WISH it ~ stop, WISH it ~ end, WISH everything ~
        stop, burden to everyone, burden on everyone, burden to, burden on, being a burden, such a burden, im a
        burden, just a burden, feel like burden, HE NEG miss me, NEG miss me, be relieved, THINK ~ DEATH, THINK ~
        being DEAD"),
    (Kind::Hopeless, "NO hope left, NO HOPE for me, NO hope for, NO future, NO future for me, NO point ANYMORE, NO
        point to anything, NO point trying, NO point in trying, NO point in anything, NO point of, see the point
        ANYMORE, see a point ANYMORE, see ~ point, see a future, see NO future, NEG see future, NEG see future for,
        whats the point ANYMORE, whats the point, whats even the point, what is the point, wats the point, point of
        anything, point in anything, point of trying, point of it all, HOPELESS, so HOPELESS, feel HOPELESS, lost all
        hope, lost hope, losing hope, out of hope, running out of hope, give up on everything, given up on everything,
        giving up on everything, given up on living, nothing matters ANYMORE, nothing matters, nothing to look
        forward, NEG ~ look forward, never get better, NEVER gets better, it NEG get better, NEG get better, things
        NEG get better, NEG get any better, nothing will change, nothing ever changes, meaningless, pointless life,
        life is pointless, everything is pointless, life pointless, life meaningless, life has no meaning, life is
        over, my life is over, my life over, life is ruined, my life is ruined, lost the will, lost my will, NO will
        to, all hope is gone, NO purpose, NO meaning, NO light at end, LIFE ~ POINTLESS, everything ~ POINTLESS, all ~
        POINTLESS, nothing get better, NEVER get better, feel POINTLESS, WANT give up, even a point, point to any,
        point to this, nothing i do matters"),
    (Kind::Limit, "CANT do this ANYMORE, CANT do it ANYMORE, CANT take this ANYMORE, CANT take it ANYMORE, CANT take ~
        ANYMORE, CANT do ~ ANYMORE, CANT go on, CANT go on like, CANT keep going, CANT keep doing, CANT keep doing
        this, CANT handle ~ ANYMORE, CANT handle this, CANT cope, CANT cope ANYMORE, CANT deal ~ ANYMORE, CANT fight
        ANYMORE, CANT hold on, CANT hang on, CANT hold on ANYMORE, CANT stand ~ ANYMORE, CANT bear ~ ANYMORE, CANT
        bear this, CANT carry on, CANT continue, CANT continue like, CANT survive this, CANT ANYMORE, nolonger do
        this, nolonger go on, nolonger cope, NEG do this ANYMORE, NEG do it ANYMORE, NEG want do this, NEG want ~
        ANYMORE, NEG take much more, NEG take much longer, NEG much longer, NEG know how much, how much longer i,
        TIRED of everything, so tired of fighting, TIRED of fighting, TIRED of trying, TIRED of pretending, TIRED of
        struggling, TIRED of suffering, TIRED of surviving, TIRED of hurting, TIRED of feeling, TIRED of feeling like,
        TIRED of it all, TIRED of being me, TIRED of this life, tired of this pain, done with everything, done with it
        all, done with this world, done trying, done fighting, done pretending, im at my limit, at my limit, reached
        my limit, at rock bottom, hit rock bottom, rock bottom, at breaking point, my breaking point, at my breaking,
        end of my rope, at end of rope, had enough of everything, had enough of life, NO energy to fight, NO fight
        left, nothing left in me, nothing left to give, NEG strong enough, i quit life, falling apart, breaking down,
        losing my mind, losing it, cant breathe ANYMORE, NEG hold it together, holding on by, hanging by a thread,
        barely holding on, barely hanging on, on the edge, on edge of breaking, NEG THINK ~ do this, NEG THINK ~ go
        on, NEG THINK ~ much longer, NEG THINK ~ keep going, like this much longer"),
    (Kind::Unsafe, "NEG trust SELF, NEG trust SELF alone, SCARED of SELF, SCARED what ill do, SCARED of what i, SCARED
        ill do something, SCARED i might do, SCARED ill HURT, afraid of what ill, NEG safe with SELF, NEG safe alone,
        NEG safe by SELF, NEG be left alone, NEG safe from SELF, NEG keep SELF safe, CANT keep SELF safe, CANT be
        alone TONIGHT, NEG feel safe alone, NEG safe TONIGHT, do something stupid, do something bad, do something to
        SELF, do something drastic, do something permanent, do something i CANT, do something to myself, danger to
        SELF, voices telling me to, voices tell me to, voices are telling, voices say, intrusive thoughts, dark
        thoughts, bad thoughts, thoughts are ~ loud, thoughts ~ back, thoughts are getting, those thoughts again, dark
        place, bad place, really bad place, in crisis, CANT promise ill, CANT promise NEG, CANT promise i NEG, PILLS ~
        enough, pills ~ be enough, PILLS ~ how many, NEG trust SELF around, NEG trust SELF with, VOICE ~ me to DIE, so
        i NEG jump, so i NEG HURT"),
    (Kind::KillMe, "kill me, shoot me, end me, murder me, take me out, put me down, run me over, hit me with car, strike me down, put me out of, end my suffering, someone kill me, just kill me, kill me now, put a bullet in, im dying, im gonna DIE, gonna die, gonna DIE, gonna DIE, i could DIE, could just DIE, could DIE, might DIE, i will DIE, ill DIE, about to DIE, i died, im dead, im DEAD, WANTED DIE, i wanted DIE"),
    // Others' violence, rejection, grief, panic, dysphoria.
    (Kind::AbuseNow, "HITNOW me, HITNOW me again, HITNOW on me, keeps HIT me, keep HIT me, HIT me rn, is HIT me,
        started HIT me, hit me again, beat me again, beat me up again, hit me TONIGHT, hit me last night, hit me
        today, he hit me, she hit me, PARENT hit me, dad hit me, mom hit me, PARENT ~ HIT me, PARENT HIT me, PARENT
        beat me, beat me ~ belt, he HIT me, she HIT me, HE HIT me, HE ~ HIT me, boyfriend HIT me, bf HIT me, gf HIT
        me, girlfriend HIT me, partner HIT me, husband HIT me, wife HIT me, ex HIT me, gonna kill me ~ scared,
        threatened to kill me, threatening to kill me, threatened to hurt me, threatening to hurt me, threatened me
        with, says hell kill me, said hell kill me, trying to kill me, NEG let me leave, locked me in, locked me out,
        wont let me out, hiding in ~ bathroom, hiding in ~ closet, locked in ~ bathroom, locked in my room, NEG safe
        at home, NEG safe here, NEG safe in this, SCARED of my PARENT, scared hell hurt me, scared hes gonna, banging
        on ~ door, breaking down my door, forced SELF on me, HE forced me to, forcing me to, forces me to, he touches
        me, touched me without, touches me when, grabbed me by, he raped me, got raped, was raped, raped me, sexually
        assaulted me, assaulted me, groped me, following me home, stalking me, blackmailing me, sextorting me, got a
        knife and, pushed me down, threw me against, throws things at me, hands around my, hands on my throat, HIT me
        with WEAPON, SAY ~ KILL me, SAY ~ hurt me, yelling ~ KILL me, threw a WEAPON at, threw ~ at me, at me with
        WEAPON, touched me again, touched me last, room ~ touched me, HE touched me"),
    (Kind::Abuse, "was abused, abused me, being abused, abusive, was molested, molested me, was assaulted, been
        assaulted, sexually assaulted, was groomed, groomed me, hit me when, beat me when, used to hit me, used to
        beat me, HIT me, HITNOW him, HITNOW her, domestic violence, screams at me, screaming at me, yells at me, got
        jumped, beat me up, got beaten up, beaten up for, bullied, bullying me, being bullied, harassing me, jumped
        me, jumped us, SCARED to go home, afraid to go home"),
    (Kind::Panic, "PANIC ATTACK, having PANIC ATTACK, anxiety attack, CANT breathe, CANT stop shaking, heart is
        racing, CANT calm down, hyperventilating, panicking, panicking so, freaking out, im spiraling, spiraling,
        mental breakdown, having a breakdown, breakdown, meltdown, dissociating, shaking and crying, CANT stop CRY,
        crying for hours, been crying all, cried SELF to sleep, cry SELF to sleep, sobbing, locked SELF in"),
    (Kind::Grief, "KIN died, my KIN DEAD, KIN passed away, lost my KIN, losing my KIN, passed away, KIN killed
        HIMSELF, lost ~ to SUICIDE, lost ~ to cancer, PERSON died, KIN ~ died, KIN is gone, KIN ~ funeral, KIN ~
        passed, funeral, miss him so much, miss her so much, miss them so much, PERSON committed SUICIDE, lost my
        baby, miscarriage, KIN took HIS life, buried my KIN, bury my KIN, miscarried"),
    (Kind::Despair, "hate SELF, hate who i am, i hate me, hate what i am, hate MY LIFE, hate my body, disgusted with
        SELF, disgusted by SELF, CANT stand SELF, I WORTHLESS, so WORTHLESS, feel WORTHLESS, FEEL like WORTHLESS, feel
        like nothing, im nothing, worthless, unlovable, im such a failure, total failure, complete failure, im a
        failure, im a disappointment, a disappointment, i ruin everything, ruin everything, ruined everything, NOBODY
        loves me, NOBODY cares, NOBODY cares about me, NOBODY likes me, NOBODY wants me, NOBODY will ever, NOBODY
        would ever love, everyone HATE me, EVERYONE hates me, everyone leaves, completely ALONE, so ALONE, all ALONE,
        FEEL ALONE, have nobody, have noone, got nobody, NOBODY left, have NOBODY left, NOBODY to talk to, have no
        friends, have nobody, lost everything, lost everyone, NEVER be happy, NEVER happy again, NEVER be loved, NEVER
        be enough, NEVER be good enough, NEVER good enough, i dont matter, so much PAIN, too much PAIN, in so much
        PAIN, hurts so much, hurts too much, hurts to live, PAIN unbearable, unbearable, NEG feel anything ANYMORE,
        feel numb, so numb, feel so empty, FEEL empty, so empty, dead inside, feel DEAD inside, im NEG ok, NEG doing
        well, NEG doing okay, NEG doing good, NEG be okay, NEG been okay, please help me, someone help me, need help
        bad, need someone rn, need someone to talk, need to talk to, somebody help, help me please, i need help,
        drowning, im drowning, suffocating, CANT get out bed, havent eaten in, havent left my, havent slept in, havent
        showered, so depressed, depression is, depression winning, my depression, severely depressed, drinking SELF,
        drinking to forget, drunk and crying, using again, off my meds, stopped taking my meds, stopped my meds, off
        meds, I NEG ok, I NEG okay, I NEG enough, FEEL NEG enough, I NEG good enough, I NEG fine, I NEG matter, FEEL ~
        empty, FEEL ~ numb, CANT stand me, im broken, feel broken, everybody leaves, leaves me eventually, feel like a
        freak"),
    (Kind::Dysphoria, "DYSPHORIA ~ killing me, DYSPHORIA killing, DYSPHORIA ~ bad, DYSPHORIA ~ CANT, DYSPHORIA
        unbearable, DYSPHORIA is unbearable, DYSPHORIA ~ worse, CANT ~ DYSPHORIA, crippling DYSPHORIA, DYSPHORIA
        hitting, DYSPHORIA is so, DYSPHORIA eating me, DYSPHORIA destroying, DYSPHORIA, NEVER gonna pass, NEVER
        look like girl, NEVER look like boy, NEVER be a girl, NEVER be a boy, NEVER be real woman, NEVER be real man,
        NEVER be real girl, NEVER be real boy, NEVER be a woman, NEVER be a man, NEVER be a real, NEVER be cis, wrong
        body, hate being TRANS, hating being TRANS, WISH i wasnt TRANS, WISH i NEG TRANS, WISH i was cis, WISH i was
        straight, WISH i was normal, WISH born a, born wrong, born in wrong body, CANT transition, NEVER transition,
        NEVER TRANSITION, NEVER be able transition, NEVER get TRANSITION, denied TRANSITION, denied my TRANSITION,
        lost access TRANSITION, took away my TRANSITION, taking away my TRANSITION, took my TRANSITION, taking my
        TRANSITION, stopped my TRANSITION, cancelled my TRANSITION, rejected for TRANSITION, forced detransition,
        forced me to detransition, make me detransition, making me detransition, CANT look in mirror, CANT look at my,
        CANT look at SELF, hate my chest, hate my voice, hate my face, hate the mirror, disgusting body, trapped in ~
        body, stuck in ~ body, stuck in closet, stuck in the closet, body feels wrong, chest makes me, my chest makes,
        my voice makes, I NEVER pass"),
    (Kind::Rejection, "PARENT ~ KICKED me out, PARENT KICKED me out, KICKED me out for, KICKED me out because, KICKED
        me out when, KICKED me out after, KICKED me out of, KICKED me out, KICKED out for being, KICKED out for, got
        KICKED out, disowned me, disowning me, disowned, im homeless, now homeless, be homeless, sleeping in my car,
        sleeping outside, on the streets, nowhere to go, nowhere to sleep, nowhere else to go, no where to go, found
        out im TRANS, found out i was, found out about me, found my binder, found my hrt, found my hormones, found out
        i like, got outed, outed me, OUTED me to, outed to, PARENT hate me, PARENT hates me, PARENT hate that im, NEG
        accept me, never accept me, PARENT NEG accept, PARENT NEG love, PARENT NEG loves, conversion therapy,
        conversion camp, pray the gay, gay away, send me to conversion, send me to church, sending me away, sending me
        to, not their son, not their daughter, no son of mine, no daughter of mine, NEG my son, dead to them, dead to
        him, dead to her, im dead to my, abomination, im gonna hell, im a sin, called me a freak, called me
        disgusting, called me a mistake, a freak of nature, cut me off for, cut me off because, stopped talking to me,
        keeps MISGENDER me, keep MISGENDER me, MISGENDER me again, wont use my name, refuse to use my, refuses to use
        my, refuses to call me, ripped up my binder, threw out my binder, threw away my, burned my clothes, threw out
        my hrt, KICKED from home, no daughter ANYMORE, no son ANYMORE, has no daughter, has no son, have no daughter,
        have no son, lost a daughter, lost a son, burned my binder, burnt my binder, cut up my binder, took my binder,
        burned all my, cut off my hair, shaved my head"),
    (Kind::Sadness, "FEEL LOW, so LOW, really LOW, im LOW, LOW all the time, been LOW, being LOW, LOW rn, LOW today,
        keep CRY, been CRY, CRY all day, struggling, struggling so, struggling a lot, having a hard time, having a
        rough, rough day, bad day, rough week, rough time, hard time, stressed out, so stressed, so overwhelmed,
        burned out, hate my life, hate this life, hate it here, heartbroken, broke up with me, dumped me, my
        depression, depression, my anxiety, anxiety, want to cry, wanna cry, so lonely, need a hug, vent, need to
        vent, tired of being, bad mental health, hate everything, hate everyone, feel like shit, feel like crap, feel
        like trash, feel like failure, i give up, CANT sleep, having nightmares, so hard lately, hard lately,
        MISGENDER, give up, giving up, given up, put my PET down, PET died, my PET passed, lost my PET"),
    (Kind::Access, "GOT LETHAL, GOT ~ LETHAL, own LETHAL, dads gun, LETHAL in drawer, GOT ~ rope, GOT ~ gun ready"),
    (Kind::Near, "ATT ~ DEATHLY, DEATHLY ~ ATT, WANT ~ me DEAD, full of DEATHLY, HATE ~ ALIVE, TIRED ~ ALIVE, DONE ~
        ALIVE, SHOULD ~ DEATHLY, UPSET ~ ALIVE, UPSET ~ woke up, ATT how many PILLS, sure ~ WANT ALIVE, sure i WANT
        LIVE, THINK ~ DYING, DYING ~ THINK, THINK ~ SUICIDE, SUICIDE ~ THINK, THINK ~ MY DEATH"),
];

/// All rules: these, and what is harmless or changes a meaning.
pub fn rules() -> impl Iterator<Item = &'static (Kind, &'static str)> {
    IDIOMS.iter().chain(RULES)
}
