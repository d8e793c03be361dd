//! Trains the layer's weights, and measures them on writers that they were not trained on.
//!
//! docs/crisis-screen.md tells how to run it. No chance, no clock and nothing but plain arithmetic: the same corpora give
//! the same weights everywhere.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use serde_json::Value;

use super::{
    Finding,
    classes::CLASSES,
    engine, judge,
    layer::{self, How, LIMITS, Weighed},
    lexicon, tests, words,
};
use crate::care::Severity::{self, *};

/// How much a line that is fitted badly costs, and how much more if it is one that ought to be found.
const COST: f32 = 0.02;
const FOUND_COST: f32 = 3. * COST;
const ROUNDS: usize = 15;
/// Grams that are in fewer labelled lines are chance.
const LEAST: u32 = 2;
const KEPT: usize = 30_000;
/// Writers are held out by turns, in so many groups.
const FOLDS: usize = 8;
const TARGETS: [Severity; 2] = [High, Critical];

struct Line {
    label: Severity,
    kind: String,
    writer: usize,
    text: String,
    grams: Vec<u32>,
    found: Finding,
}

/// One gram a line, with what it weighs for HIGH and, beyond that, for CRITICAL.
const WEIGHTS: &str = include_str!("weights.tsv");

/// A gram in one number: how, and up to three units of 20 bits.
fn gram(how: How, units: [u32; 3]) -> u64 {
    let [a, b, c] = units.map(u64::from);
    (how as u64) << 60 | a << 40 | b << 20 | c
}

/// Words by number, and their names.
type Units = (HashMap<Vec<u8>, u32>, Vec<String>);

/// Every gram that was met, by number.
#[derive(Default)]
struct Grams {
    units: RefCell<Units>,
    ids: HashMap<u64, u32>,
    grams: Vec<u64>,
}

impl Grams {
    fn unit(&self, word: &[u8]) -> u32 {
        if !word.iter().all(|c| c.is_ascii_alphanumeric() || b"^$=#/ -".contains(c)) {
            return 0;
        }
        let (ids, names) = &mut *self.units.borrow_mut();
        *ids.entry(word.to_vec()).or_insert_with(|| {
            names.push(String::from_utf8_lossy(word).into_owned());
            names.len() as u32
        })
    }

    /// The grams of a text, as the layer will see them; new ones are only learnt where `add` says so.
    fn of(&mut self, text: &str, add: bool) -> (Vec<u32>, Finding) {
        let lexicon = lexicon::lexicon();
        let text = words::read(text, lexicon);
        let finding = judge::judge(&text, &engine::matches(&text, lexicon), lexicon);
        let mut met = BTreeSet::new();
        let units = |word: &words::Word| {
            let word = lexicon.name(word.known.id).map_or(text.written(word), str::as_bytes);
            ([self.unit(word), self.unit(layer::stem(word))], layer::SKIPPED.contains(&word))
        };
        let class = |class: u16| self.unit(format!("#{}", CLASSES[usize::from(class)].0).as_bytes());
        layer::grams(&text, [self.unit(b"^"), self.unit(b"$")], units, class, &mut |_, how, units| {
            met.insert(gram(how, units));
        });
        layer::found(&finding, |parts| {
            met.insert(gram(How::Rule, [self.unit(parts.concat().as_bytes()), 0, 0]));
        });
        let mut out = vec![];
        for gram in met {
            if add && !self.ids.contains_key(&gram) {
                self.ids.insert(gram, self.grams.len() as u32);
                self.grams.push(gram);
            }
            out.extend(self.ids.get(&gram));
        }
        (out, finding)
    }

    fn line(&mut self, label: Severity, kind: &str, writer: usize, text: &str, add: bool) -> Line {
        let (grams, found) = self.of(text, add);
        Line { label, kind: kind.to_owned(), writer, text: text.to_owned(), grams, found }
    }

    fn name(&self, id: usize) -> String {
        let gram = self.grams[id];
        let names = &self.units.borrow().1;
        let unit = |shift: u32| (gram >> shift & 0xF_FFFF).checked_sub(1).map_or("", |at| names[at as usize].as_str());
        match gram >> 60 == How::Near as u64 {
            true => format!("{} ~ {}", unit(40), unit(20)),
            false => format!("{} {} {}", unit(40), unit(20), unit(0)).trim_end().to_owned(),
        }
    }
}

/// The labelled corpora; those of `writers/` come last and are measured.
fn labelled(grams: &mut Grams) -> (Vec<Line>, Vec<String>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/screen");
    let mut files = vec![root.join("own.tsv"), root.join("more.tsv")];
    let mut writers: Vec<_> =
        std::fs::read_dir(root.join("writers")).unwrap().map(|file| file.unwrap().path()).collect();
    writers.sort();
    files.extend(writers);
    let mut lines = vec![];
    for (writer, file) in files.iter().enumerate() {
        for line in std::fs::read_to_string(file).unwrap().lines() {
            let parts: Vec<&str> = line.splitn(3, '\t').collect();
            let label = Severity::ALL.into_iter().find(|one| one.name() == parts[0].to_uppercase()).unwrap();
            lines.push(grams.line(label, parts[1], writer, parts[2], true));
        }
    }
    (lines, files.iter().map(|file| file.file_stem().unwrap().to_string_lossy().into_owned()).collect())
}

/// What is grave stays grave beside a sentence that is harmless, and the harmless harmless.
fn beside_harmless(grams: &mut Grams, lines: &[Line]) -> Vec<Line> {
    let short = |line: &&Line| line.kind == "ordinary" && line.label == Safe && line.text.len() < 80;
    let mut out = vec![];
    for (nth, line) in lines.iter().enumerate().filter(|(nth, line)| line.label >= High || nth % 4 == 0) {
        let others: Vec<&Line> =
            lines.iter().filter(short).filter(|one| one.writer < 2 || one.writer == line.writer).collect();
        let other = &others[nth * 7_919 % others.len()].text;
        let text = match nth % 3 {
            0 => format!("{other}. {}", line.text),
            _ => format!("{}. {other}", line.text),
        };
        out.push(grams.line(line.label, "longer", line.writer, &text, false));
    }
    out
}

/// Ordinary chat, from the file that `CHAT` names: what is learnt where something is measured, and every seventh conversation.
fn chat(grams: &mut Grams) -> [Vec<Line>; 2] {
    let file = std::env::var("CHAT").expect("CHAT: dataset.json of chitchat-dataset, see docs/crisis-screen.md");
    let text = std::fs::read_to_string(file).unwrap();
    // In the file's order, which a map would lose.
    let talks: Vec<&str> = text.split("\"messages\":").skip(1).collect();
    let mut parts: [Vec<Line>; 2] = Default::default();
    let mut seen = BTreeSet::new();
    for (nth, talk) in talks.iter().enumerate() {
        let turns = serde_json::Deserializer::from_str(talk).into_iter::<Value>().next().unwrap().unwrap();
        let said = turns.as_array().into_iter().flatten().flat_map(|turn| turn.as_array().into_iter().flatten());
        for text in said.filter_map(|one| one.get("text")?.as_str()) {
            if seen.insert(text.to_lowercase()) && !text.trim().is_empty() {
                parts[usize::from(nth % 7 == 6)].push(grams.line(Safe, "chat", usize::MAX, text, false));
            }
        }
    }
    parts
}

/// The weights of all grams and, last, what every line begins with: squared hinge loss with L2, by dual coordinate
/// descent. For each line its grams, whether it is to be found, and what it costs not to fit it.
fn fit(lines: &[(&[u32], bool, f32)], grams: usize) -> Vec<f32> {
    let mut weights = vec![0_f32; grams + 1];
    let mut alphas = vec![0_f32; lines.len()];
    let mut order: Vec<usize> = (0..lines.len()).collect();
    let mut seed = 12_345_u64;
    for _ in 0..ROUNDS {
        for at in (1..order.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, (seed >> 33) as usize % (at + 1));
        }
        for &at in &order {
            let (has, found, cost) = lines[at];
            let sign = if found { 1. } else { -1. };
            let slack = 0.5 / cost;
            let sum = has.iter().map(|gram| weights[*gram as usize]).sum::<f32>() + weights[grams];
            let slope = sign * sum - 1. + slack * alphas[at];
            let alpha = (alphas[at] - slope / (has.len() as f32 + 1. + slack)).max(0.);
            let by = (alpha - alphas[at]) * sign;
            alphas[at] = alpha;
            if by != 0. {
                has.iter().for_each(|gram| weights[*gram as usize] += by);
                weights[grams] += by;
            }
        }
    }
    weights
}

/// For each target the weights: fitted, reduced to the grams that matter most, and fitted again.
fn train(lines: &[&Line], grams: usize) -> [Vec<f32>; 2] {
    let lines_with = |counts: fn(&Line) -> bool| {
        let mut lines_with = vec![0_u32; grams];
        let counted = lines.iter().filter(|line| counts(line));
        counted.flat_map(|line| &line.grams).for_each(|gram| lines_with[*gram as usize] += 1);
        lines_with
    };
    let all = |kept: &[bool]| {
        let has: Vec<Vec<u32>> =
            lines.iter().map(|line| line.grams.iter().copied().filter(|gram| kept[*gram as usize]).collect()).collect();
        TARGETS.map(|target| {
            let lines: Vec<_> = (lines.iter().zip(&has))
                .map(|(line, has)| match line.label >= target {
                    true => (has.as_slice(), true, FOUND_COST),
                    false => (has.as_slice(), false, COST),
                })
                .collect();
            fit(&lines, grams)
        })
    };
    let labelled_with = lines_with(|line| line.kind != "chat");
    let first = all(&labelled_with.iter().map(|count| *count >= LEAST).collect::<Vec<_>>());
    let all_with = lines_with(|_| true);
    // What is frequent matters more, but less than what weighs much: measured, docs/crisis-screen.md.
    let matters = |gram: usize| first[0][gram].abs().max(first[1][gram].abs()) * (all_with[gram] as f32).powf(0.25);
    let mut order: Vec<usize> = (0..grams).collect();
    order.sort_by(|a, b| matters(*b).total_cmp(&matters(*a)).then(a.cmp(b)));
    let mut kept = vec![false; grams];
    order.iter().take(KEPT).for_each(|gram| kept[*gram] = true);
    // As they will be packed.
    all(&kept).map(|weights| weights.iter().map(|weight| (weight * layer::ONE).round() / layer::ONE).collect())
}

fn severity(line: &Line, weights: &[Vec<f32>; 2], high_from: f32) -> Severity {
    let score = |target: usize| {
        let weights: &[f32] = &weights[target];
        line.grams.iter().map(|gram| weights[*gram as usize]).sum::<f32>() + weights[weights.len() - 1]
    };
    let limits = layer::Limits { high: high_from, ..LIMITS };
    layer::settle(&line.found, Weighed { high: score(0), critical: score(1) }, limits)
}

/// Each writer judged by weights that were trained without them, and a seventh of the chat by weights trained on the rest.
///
/// `CHAT=.../dataset.json cargo test --profile native --lib screen::train::unseen -- --ignored --nocapture`
#[test]
#[ignore = "a measurement by hand: it needs the chat corpus"]
fn unseen_writers_and_chat() {
    let mut grams = Grams::default();
    let (lines, writers) = labelled(&mut grams);
    let longer = beside_harmless(&mut grams, &lines);
    let [learnt, unseen] = chat(&mut grams);
    let without = |held: Option<usize>| {
        let others = lines.iter().chain(&longer).filter(|line| held != Some(line.writer % FOLDS));
        train(&others.chain(&learnt).collect::<Vec<_>>(), grams.grams.len())
    };
    let everybody = without(None);
    let models: Vec<_> = (0..FOLDS).map(|held| without(Some(held))).collect();
    let measured: Vec<&Line> = lines.iter().filter(|line| line.writer >= 2).collect();
    for high_from in [0.6, 0.5, 0.4, 0.2, 0.1, 0., -0.1, -0.2, -0.3] {
        let share = |of: &dyn Fn(&Line) -> bool, from: Severity| {
            let of: Vec<_> = measured.iter().filter(|line| of(line)).collect();
            of.iter().filter(|line| severity(line, &models[line.writer % FOLDS], high_from) >= from).count() as f64
                / of.len() as f64
        };
        let chat: Vec<Severity> = unseen.iter().map(|line| severity(line, &everybody, high_from)).collect();
        let chat = |from: Severity| chat.iter().filter(|one| **one >= from).count() as f64 * 1e4 / chat.len() as f64;
        println!(
            "HIGH from {high_from:.1}: recall {:.3} (MEDIUM or more {:.3}); pings: medium {:.3}, low {:.3}, traps {:.3}, \
             ordinary {:.4}; of 10,000 lines of chat {:.1} pings, {:.1} MEDIUM or more",
            share(&|line| line.label >= High, High),
            share(&|line| line.label >= High, Medium),
            share(&|line| line.label == Medium, High),
            share(&|line| line.label == Low, High),
            share(&|line| line.label == Safe && line.kind != "ordinary", High),
            share(&|line| line.label == Safe && line.kind == "ordinary", High),
            chat(High),
            chat(Medium),
        );
    }
    let mut table = [[0; 5]; 5];
    let mut groups: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    for line in measured {
        let got = severity(line, &models[line.writer % FOLDS], LIMITS.high);
        table[line.label as usize][got as usize] += 1;
        for name in [line.kind.as_str(), writers[line.writer].as_str()] {
            let counts = groups.entry(name).or_default();
            let at = if line.label >= High { 0 } else { 2 };
            counts[at] += 1;
            counts[at + 1] += usize::from(got >= High);
        }
    }
    Severity::ALL.into_iter().zip(table).for_each(|(label, row)| println!("{:9} {row:?}", label.name()));
    println!("grave lines, of which found; others, of which pinged");
    groups.iter().for_each(|(name, counts)| println!("{name:14} {counts:?}"));
}

/// Writes `weights.tsv` and `weights.bin`.
///
/// `CHAT=.../dataset.json cargo test --profile native --lib screen::train::write -- --ignored --nocapture`
#[test]
#[ignore = "it writes the weights, and needs the chat corpus"]
fn write_weights() {
    let mut grams = Grams::default();
    let (lines, _) = labelled(&mut grams);
    let longer = beside_harmless(&mut grams, &lines);
    let chat = chat(&mut grams);
    let all: Vec<&Line> = lines.iter().chain(&longer).chain(chat.iter().flatten()).collect();
    let weights = train(&all, grams.grams.len());
    let at = |gram: usize| [0, 1].map(|target: usize| (weights[target][gram] * layer::ONE).round() as i32);
    let mut out: Vec<String> = (0..grams.grams.len())
        .filter(|gram| at(*gram).iter().any(|weight| weight.abs() >= 2))
        .map(|gram| format!("{}\t{} {}\n", grams.name(gram), at(gram)[0], at(gram)[1]))
        .collect();
    out.sort();
    let [high, critical] = at(grams.grams.len());
    let head = format!("corpora\t{}\n*\t{high} {critical}\n", corpora());
    println!("{} grams of {}", out.len(), grams.grams.len());
    let list = head + &out.concat();
    std::fs::write(beside("weights.tsv"), &list).unwrap();
    std::fs::write(beside("weights.bin"), pack(&list)).unwrap();
}

fn beside(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/features/crisis/screen").join(name)
}

/// The list without its words, as `layer.rs` reads it.
fn pack(list: &str) -> Vec<u8> {
    let lines = list.lines().map(|line| line.split_once('\t').unwrap()).filter(|(name, _)| *name != "corpora");
    let mut bias = vec![];
    let mut grams = BTreeMap::new();
    for (name, weights) in lines {
        let weights: Vec<i8> = weights.split(' ').map(|weight| weight.parse().unwrap()).collect();
        match name {
            "*" => bias = weights,
            // Of two with one key the one that weighs more.
            _ => {
                let heavier = |one: &[i8], than: &[i8]| one[0].unsigned_abs() > than[0].unsigned_abs();
                let key = key(name);
                if grams.get(&key).is_none_or(|there: &Vec<i8>| heavier(&weights, there)) {
                    grams.insert(key, weights);
                }
            }
        }
    }
    let keys: Vec<u32> = grams.keys().copied().collect();
    let before = std::iter::once(&0).chain(&keys);
    let distances: Vec<[u8; 4]> = keys.iter().zip(before).map(|(key, before)| (key - before).to_le_bytes()).collect();
    assert!(distances.iter().all(|bytes| bytes[2..] == [0; 2]), "a distance needs more than two bytes");
    let mut out: Vec<u8> = bias.iter().map(|weight| *weight as u8).collect();
    (0..2).for_each(|at| out.extend(distances.iter().map(|bytes| bytes[at])));
    (0..2).for_each(|target| out.extend(grams.values().map(|weights| weights[target] as u8)));
    out
}

/// The key of a gram by its name in the list.
fn key(name: &str) -> u32 {
    let how = match name.as_bytes() {
        [b'=', ..] => How::Rule,
        [b'#', ..] => How::Class,
        _ => match name.split(' ').count() {
            1 => How::One,
            2 => How::Beside,
            _ if name.contains(" ~ ") => How::Near,
            _ => How::Three,
        },
    };
    let mut units = [0; 3];
    match how {
        How::Rule | How::Class => units[0] = layer::unit(name.as_bytes()),
        _ => {
            let words = name.split(' ').filter(|word| *word != "~");
            units.iter_mut().zip(words).for_each(|(unit, word)| *unit = layer::unit(word.as_bytes()));
        }
    }
    layer::key(how, units)
}

/// `cargo test --lib screen::train::write_packed -- --ignored`
#[test]
#[ignore = "it writes weights.bin as weights.tsv says, after a change of the keys"]
fn write_packed() {
    std::fs::write(beside("weights.bin"), pack(WEIGHTS)).unwrap();
}

#[test]
fn what_is_packed_is_the_list() {
    assert!(pack(WEIGHTS) == include_bytes!("weights.bin"), "run `write_packed`");
}

/// A number for the state of the labelled corpora.
fn corpora() -> u64 {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/screen");
    let mut files = vec![root.join("own.tsv"), root.join("more.tsv")];
    files.extend(std::fs::read_dir(root.join("writers")).unwrap().map(|file| file.unwrap().path()));
    files.sort();
    relay_wire::fnv1a(files.iter().flat_map(|file| std::fs::read(file).unwrap()))
}

#[test]
fn the_weights_were_trained_on_the_corpora_as_they_are() {
    assert!(WEIGHTS.starts_with(&format!("corpora\t{}\n", corpora())), "train again, as docs/crisis-screen.md tells");
}

/// Letters and digits alone.
fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[test]
fn nothing_that_is_learnt_stands_in_the_held_out_file() {
    let (lines, _) = labelled(&mut Grams::default());
    let learnt: BTreeSet<String> = lines.iter().map(|line| plain(&line.text)).collect();
    let both = tests::lines(tests::HELD_OUT).iter().filter(|(.., text)| learnt.contains(&plain(text))).count();
    assert_eq!(both, 0, "take these lines out of the writers' files");
}
