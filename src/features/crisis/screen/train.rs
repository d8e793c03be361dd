//! Trains the layer's weights, and measures them on writers they were not trained on.

use std::{cell::RefCell, collections::{BTreeMap, HashMap}};

use super::{Finding, classes::CLASSES, engine, judge, layer::{self, How, Limits, Weighed}, lexicon, words};
use crate::care::Severity::{self, *};

pub struct Line {
    pub label: Severity,
    pub kind: String,
    pub writer: usize,
    pub text: String,
    grams: Vec<u32>,
    found: Severity,
    explicit: bool,
}

#[derive(Default)]
struct Words {
    ids: HashMap<Vec<u8>, u32>,
    names: Vec<String>,
}

impl Words {
    fn id(&mut self, word: &[u8]) -> u32 {
        if let Some(id) = self.ids.get(word) {
            return *id;
        }
        self.names.push(String::from_utf8_lossy(word).into_owned());
        let id = self.names.len() as u32;
        self.ids.insert(word.to_vec(), id);
        id
    }
}

struct Grams {
    words: RefCell<Words>,
    ids: HashMap<u64, u32>,
    grams: Vec<u64>,
}

impl Grams {
    fn new() -> Self {
        Self { words: RefCell::default(), ids: HashMap::new(), grams: vec![] }
    }

    fn of(&mut self, text: &str, add: bool) -> (Vec<u32>, Finding) {
        let lexicon = lexicon::lexicon();
        let text = words::read(text, lexicon);
        let finding = judge::judge(&text, &engine::matches(&text, lexicon), lexicon);
        let mut grams = vec![];
        let words = &self.words;
        let id = |word: &[u8]| match word.iter().all(|c| c.is_ascii_alphanumeric() || b"^$=#/ -".contains(c)) {
            true => words.borrow_mut().id(word),
            false => 0,
        };
        let units = |word: &words::Word| {
            let word = lexicon.name(word.known.id).map_or(text.written(word), str::as_bytes);
            let stem = layer::stem(word);
            ([id(word), id(stem)], layer::SKIPPED.contains(&word))
        };
        let class = |class: u16| id(format!("#{}", CLASSES[usize::from(class)].0).as_bytes());
        layer::grams(&text, [id(b"^"), id(b"$")], units, class, &mut |_, gram| grams.push(gram));
        layer::found(&finding, |parts| {
            grams.push(layer::gram(How::Rule, [id(parts.concat().as_bytes()), 0, 0]));
        });
        let mut out = vec![];
        for gram in grams {
            let next = self.grams.len() as u32;
            match self.ids.get(&gram) {
                Some(id) => out.push(*id),
                None if add => {
                    self.ids.insert(gram, next);
                    self.grams.push(gram);
                    out.push(next);
                }
                None => {}
            }
        }
        out.sort_unstable();
        out.dedup();
        (out, finding)
    }

    fn name(&self, id: u32) -> String {
        let gram = self.grams[id as usize];
        let words = self.words.borrow();
        let unit = |shift: u32| match (gram >> shift & 0xFFFFF) as usize {
            0 => "",
            n => &words.names[n - 1],
        };
        match gram >> 60 == How::Near as u64 {
            true => format!("{} ~ {}", unit(40), unit(20)),
            false => format!("{} {} {}", unit(40), unit(20), unit(0)).trim().to_owned(),
        }
    }
}

fn label(name: &str) -> Option<Severity> {
    Severity::ALL.into_iter().find(|one| one.name() == name.to_uppercase())
}

fn load() -> (Grams, Vec<Line>, Vec<String>) {
    let mut grams = Grams::new();
    let mut lines = vec![];
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/screen");
    let mut files = vec![("own".to_owned(), format!("{root}/own.tsv")), ("more".to_owned(), std::env::var("MORE").unwrap_or(format!("{root}/more.tsv")))];
    let dir = std::env::var("WRITERS").unwrap_or(format!("{root}/writers"));
    let mut found: Vec<_> = std::fs::read_dir(dir).into_iter().flatten().flatten().map(|e| e.path()).collect();
    found.sort();
    for path in found {
        if path.extension().is_some_and(|e| e == "tsv") {
            files.push((path.file_stem().unwrap().to_string_lossy().into_owned(), path.to_string_lossy().into_owned()));
        }
    }
    for (writer, (_, path)) in files.iter().enumerate() {
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let parts: Vec<&str> = line.splitn(3, '\t').collect();
            let (Some(label), true) = (label(parts[0]), parts.len() == 3) else { continue };
            let (g, Finding { severity: found, explicit, .. }) = grams.of(parts[2], true);
            lines.push(Line { label, kind: parts[1].to_owned(), writer, text: parts[2].to_owned(), grams: g, found, explicit });
        }
    }
    let writers: Vec<String> = files.into_iter().map(|(name, _)| name).collect();
    (grams, lines, writers)
}

fn chat(grams: &mut Grams, var: &str, every: usize, writer: usize, add: bool) -> Vec<Line> {
    let Ok(path) = std::env::var(var) else { return vec![] };
    let mut seen = std::collections::HashSet::new();
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().filter(|l| seen.insert(l.to_lowercase())).step_by(every).map(|text| {
        let (g, Finding { severity: found, explicit, .. }) = grams.of(text, add);
        Line { label: Safe, kind: "ordinary".into(), writer, text: text.to_owned(), grams: g, found, explicit }
    }).collect()
}

/// What is grave stays grave beside a sentence that is harmless: each such line with one before or behind it.
fn longer(grams: &mut Grams, lines: &[Line]) -> Vec<Line> {
    let plain: Vec<&Line> = lines.iter().filter(|l| l.kind == "ordinary" && l.label == Safe && l.text.len() < 80).collect();
    let mut out = vec![];
    for (nth, line) in lines.iter().enumerate() {
        if line.label < High && nth % 4 != 0 { continue; }
        let of: Vec<_> = plain.iter().filter(|p| p.writer == line.writer || p.writer < 2).collect();
        let other = of[nth * 7919 % of.len()];
        let text = if nth % 3 == 0 { format!("{}. {}", other.text, line.text) } else { format!("{}. {}", line.text, other.text) };
        let (g, Finding { severity: found, explicit, .. }) = grams.of(&text, false);
        out.push(Line { label: line.label, kind: "longer".into(), writer: line.writer, text, grams: g, found, explicit });
    }
    out
}

/// Squared hinge loss with L2, by dual coordinate descent. `lines`: grams, whether positive, cost.
fn fit(lines: &[(&[u32], bool, f32)], dim: usize, epochs: usize) -> (Vec<f32>, f32) {
    let mut w = vec![0f32; dim];
    let mut bias = 0f32;
    let mut alpha = vec![0f32; lines.len()];
    let mut order: Vec<u32> = (0..lines.len() as u32).collect();
    let mut seed = 12345u64;
    for _ in 0..epochs {
        for i in (1..order.len()).rev() {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            order.swap(i, (seed >> 33) as usize % (i + 1));
        }
        for &i in &order {
            let (grams, pos, c) = lines[i as usize];
            let y = if pos { 1f32 } else { -1. };
            let d = 0.5 / c;
            let q = grams.len() as f32 + 1. + d;
            let a = alpha[i as usize];
            let s: f32 = grams.iter().map(|g| w[*g as usize]).sum::<f32>() + bias;
            let g = y * s - 1. + d * a;
            let pg = if a == 0. { g.min(0.) } else { g };
            if pg.abs() > 1e-6 {
                let new = (a - g / q).max(0.);
                let by = (new - a) * y;
                alpha[i as usize] = new;
                for g in grams { w[*g as usize] += by; }
                bias += by;
            }
        }
    }
    (w, bias)
}

struct Model { w: Vec<Vec<f32>>, bias: Vec<f32> }
const TARGETS: [Severity; 2] = [High, Critical];

fn env(name: &str, or: f32) -> f32 { std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(or) }

fn train(train: &[&Line], dim: usize) -> Model {
    let (c, cpos, epochs, keep, mindf) = (env("C", 0.02), env("CPOS", 1.), env("EPOCHS", 15.) as usize, env("KEEP", 5000.) as usize, env("MINDF", 2.) as u32);
    let cchat = env("CCHAT", 1.);
    // Which grams occur often enough, in lines that somebody labelled.
    let mut df = vec![0u32; dim];
    for line in train { if line.kind != "chat" { for g in &line.grams { df[*g as usize] += 1; } } }
    let mut keep_mask: Vec<bool> = df.iter().map(|n| *n >= mindf).collect();
    let mut model = Model { w: vec![], bias: vec![] };
    for round in 0..2 {
        let sets: Vec<Vec<u32>> = train.iter().map(|l| l.grams.iter().copied().filter(|g| keep_mask[*g as usize]).collect()).collect();
        model = Model { w: vec![], bias: vec![] };
        for target in TARGETS {
            let lines: Vec<(&[u32], bool, f32)> = train.iter().zip(&sets).map(|(l, s)| {
                let pos = l.label >= target;
                (s.as_slice(), pos, c * if pos { cpos } else if l.writer == 99 { cchat } else { 1. })
            }).collect();
            let (w, b) = fit(&lines, dim, epochs);
            model.w.push(w); model.bias.push(b);
        }
        if round == 0 {
            let mut rank: Vec<(f32, u32)> = (0..dim as u32).filter(|g| keep_mask[*g as usize]).map(|g| {
                let i = g as usize;
                let m = model.w.iter().map(|w| w[i].abs()).fold(0., f32::max);
                (m * (df[i] as f32).sqrt(), g)
            }).collect();
            rank.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            keep_mask = vec![false; dim];
            for (_, g) in rank.iter().take(keep) { keep_mask[*g as usize] = true; }
        }
    }
    model
}

fn score(m: &Model, grams: &[u32]) -> [f32; 2] {
    std::array::from_fn(|t| m.bias[t] + grams.iter().map(|g| m.w[t][*g as usize]).sum::<f32>())
}

#[test]
#[ignore = "an experiment"]
fn cross() {
    let (mut grams, lines, writers) = load();
    let every = env("EVERY", 4.) as usize;
    let a = chat(&mut grams, "CHATA", every, 99, false);
    let b = chat(&mut grams, "CHATB", every, 98, false);
    let longer = longer(&mut grams, &lines);
    let dim = grams.grams.len();
    println!("{} lines, {} grams, chat {} {}", lines.len(), dim, a.len(), b.len());
    let mut out: Vec<(&Line, [f32; 2])> = vec![];
    let mut chat_out: Vec<(usize, [f32; 2], &Line)> = vec![];
    for held in 2..writers.len() {
        let set: Vec<&Line> = lines.iter().chain(&longer).filter(|l| l.writer != held).chain(&a).collect();
        let model = train(&set, dim);
        out.extend(lines.iter().filter(|l| l.writer == held).map(|l| (l, score(&model, &l.grams))));
        chat_out.extend(b.iter().map(|l| (held, score(&model, &l.grams), l)));
        if env("SHOW", 0.) == held as f32 {
            let mut w: Vec<(f32, usize)> = model.w[0].iter().copied().zip(0..).filter(|w| w.0 != 0.).collect();
            w.sort_by(|a, b| a.0.total_cmp(&b.0));
            for (w, g) in w.iter().take(60).chain(w.iter().rev().take(100)) { println!("{w:.2} {}", grams.name(*g as u32)); }
        }
    }
    report(&out, &chat_out, &writers);
}

fn settled(l: &Line, s: &[f32; 2], limits: Limits) -> Severity {
    layer::settle(l.found, l.explicit, Weighed { high: s[0], critical: s[1] }, limits)
}

fn report(out: &[(&Line, [f32; 2])], chat: &[(usize, [f32; 2], &Line)], writers: &[String]) {
    let rate = |n: usize, of: usize| n as f64 / of.max(1) as f64;
    let shown = Limits { high: env("T", layer::LIMITS.high), medium: env("TM", layer::LIMITS.medium), critical: env("TC", layer::LIMITS.critical) };
    for step in 0..14 {
        let limits = Limits { high: 0.8 - 0.1 * step as f32, ..shown };
        let of = |f: &dyn Fn(&Line) -> bool, from: Severity| { let all: Vec<_> = out.iter().filter(|(l, _)| f(l)).collect(); let n = all.iter().filter(|(l, s)| settled(l, s, limits) >= from).count(); rate(n, all.len()) };
        let chat_n = chat.iter().filter(|(_, s, l)| settled(l, s, limits) >= High).count();
        let right = out.iter().filter(|(l, s)| l.label >= High && settled(l, s, limits) >= High).count();
        let all = out.iter().filter(|(l, s)| settled(l, s, limits) >= High).count();
        println!("high from {:4.1}: recall {:.3} (high {:.3} critical {:.3}) precision {:.3}; pings: medium {:.3} low {:.3} traps {:.3} ordinary {:.4}, chat {:.1} of 10,000", limits.high,
            of(&|l| l.label >= High, High), of(&|l| l.label == High, High), of(&|l| l.label == Critical, High), rate(right, all), of(&|l| l.label == Medium, High), of(&|l| l.label == Low, High),
            of(&|l| l.label == Safe && l.kind != "ordinary", High), of(&|l| l.kind == "ordinary" && l.label == Safe, High), rate(chat_n, chat.len()) * 1e4);
    }
    for step in 0..8 {
        let limits = Limits { medium: -0.1 * step as f32, ..shown };
        let chat_n = chat.iter().filter(|(_, s, l)| settled(l, s, limits) == Medium).count();
        let of = |f: &dyn Fn(&Line) -> bool| { let all: Vec<_> = out.iter().filter(|(l, _)| f(l)).collect(); let n = all.iter().filter(|(l, s)| settled(l, s, limits) >= Medium).count(); rate(n, all.len()) };
        println!("medium from {:4.1}: high+ {:.3} medium {:.3} low {:.3} traps {:.3} ordinary {:.4}, chat {:.1}", limits.medium, of(&|l| l.label >= High), of(&|l| l.label == Medium), of(&|l| l.label == Low), of(&|l| l.label == Safe && l.kind != "ordinary"), of(&|l| l.kind == "ordinary" && l.label == Safe), rate(chat_n, chat.len()) * 1e4);
    }
    let mut table = [[0; 5]; 5];
    for (l, s) in out { table[l.label as usize][settled(l, s, shown) as usize] += 1; }
    for (label, row) in Severity::ALL.into_iter().zip(table) { println!("{:9} {row:?}", label.name()); }
    let mut kinds: BTreeMap<&str, [usize; 4]> = BTreeMap::new();
    let mut by_writer: BTreeMap<usize, [usize; 4]> = BTreeMap::new();
    for (l, s) in out {
        let hit = settled(l, s, shown) >= High;
        for c in [kinds.entry(&l.kind).or_default(), by_writer.entry(l.writer).or_default()] {
            if l.label >= High { c[0] += 1; c[1] += usize::from(hit); } else { c[2] += 1; c[3] += usize::from(hit); }
        }
    }
    for (w, c) in by_writer { println!("{} {c:?} {:.3}", writers[w], rate(c[1], c[0])); }
    for (k, c) in kinds { println!("{k:14} {c:?} {:.3}", rate(c[1], c[0])); }
    if env("MISSED", 0.) > 0. {
        for (l, s) in out.iter().filter(|(l, s)| l.label >= High && settled(l, s, shown) < High) { println!("MISS {:.2} {:?} {} {} {}", s[0], l.found, l.label.name(), l.kind, l.text); }
        for (l, s) in out.iter().filter(|(l, s)| l.label <= Low && settled(l, s, shown) >= High) { println!("FALSE {:.2} {:?} {} {} {}", s[0], l.found, l.label.name(), l.kind, l.text); }
        for (_, s, l) in chat.iter().filter(|(h, s, l)| *h == 1 && settled(l, s, shown) >= High) { println!("CHAT {:.2} {:?} {} {}", s[0], l.found, l.explicit, l.text); }
    }
}

/// Makes `weights.tsv`.
#[test]
#[ignore = "it writes the weights"]
fn write() {
    let (mut grams, lines, _) = load();
    let a = chat(&mut grams, "CHATA", 1, 99, false);
    let longer = longer(&mut grams, &lines);
    let set: Vec<&Line> = lines.iter().chain(&a).chain(&longer).collect();
    let model = train(&set, grams.grams.len());
    let quantised = |value: f32| (value * layer::ONE).round() as i32;
    let mut out: Vec<String> = (0..grams.grams.len())
        .map(|at| (at, [0, 1].map(|target: usize| quantised(model.w[target][at]))))
        .filter(|(_, weights)| weights.iter().any(|weight| weight.abs() >= 2))
        .map(|(at, [high, critical])| format!("{}\t{high} {critical}\n", grams.name(at as u32)))
        .collect();
    out.sort();
    let bias = [0, 1].map(|target: usize| quantised(model.bias[target]));
    out.insert(0, format!("*\t{} {}\n", bias[0], bias[1]));
    println!("{} grams", out.len());
    std::fs::write(std::env::var("OUT").unwrap(), out.concat()).unwrap();
}

/// Prints the words of every line, for experiments elsewhere.
#[test]
#[ignore = "an experiment"]
fn dump() {
    use std::io::Write;
    let lexicon = lexicon::lexicon();
    let mut out = std::io::BufWriter::new(std::fs::File::create(std::env::var("OUT").unwrap()).unwrap());
    let mut one = |writer: &str, label: &str, kind: &str, raw: &str| {
        let text = words::read(raw, lexicon);
        let found = judge::judge(&text, &engine::matches(&text, lexicon), lexicon);
        let mut tokens = vec![];
        for word in &text.words {
            if word.before == words::WALL { tokens.push("|".to_owned()); }
            tokens.push(String::from_utf8_lossy(lexicon.name(word.known.id).map_or(text.written(word), str::as_bytes)).into_owned());
        }
        let mut bits = super::bits::Bits::default();
        text.words.iter().for_each(|w| bits.add(&w.known.bits));
        let classes: Vec<&str> = bits.iter().map(|c| super::classes::CLASSES[c as usize].0).collect();
        writeln!(out, "{writer}\t{label}\t{kind}\t{}\t{}\t{}\t{}\t{}", found.severity.name(), found.explicit, found.factors.join(","), classes.join(" "), tokens.join(" ")).unwrap();
    };
    let (_, lines, writers) = load();
    for l in &lines { one(&writers[l.writer], l.label.name(), &l.kind, &l.text); }
    for var in ["CHATA", "CHATB"] {
        if let Ok(path) = std::env::var(var) {
            for l in std::fs::read_to_string(path).unwrap().lines() { one(var, "SAFE", "ordinary", l); }
        }
    }
}
