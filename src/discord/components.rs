//! Buttons, menus and form fields in the shapes that this project uses.

use twilight_model::channel::message::{
    Component,
    component::{ActionRow, Button, ButtonStyle, Checkbox, Label, TextInput, TextInputStyle},
};
use twilight_util::builder::message::ButtonBuilder;

/// Up to five buttons, or one menu, side by side.
pub fn row(components: impl IntoIterator<Item = impl Into<Component>>) -> Component {
    Component::ActionRow(ActionRow { id: None, components: components.into_iter().map(Into::into).collect() })
}

pub fn button(style: ButtonStyle, label: &str, custom_id: String) -> Button {
    ButtonBuilder::new(style).label(cut(label, 80)).custom_id(custom_id).build()
}

/// A field of a form. `label` is cut at 45 characters and `help` at 100, as Discord wants it.
pub struct TextField<'a> {
    pub custom_id: &'a str,
    pub label: &'a str,
    pub help: Option<&'a str>,
    /// Several lines.
    pub long: bool,
    pub required: bool,
    pub max_length: u16,
    /// What stands in it already.
    pub value: Option<String>,
}

impl TextField<'_> {
    pub fn build(self) -> Component {
        #[expect(
            deprecated,
            reason = "the field must be named to be left empty; the label stands in the Label around it"
        )]
        let input = TextInput {
            custom_id: self.custom_id.to_owned(),
            id: None,
            label: None,
            max_length: Some(self.max_length),
            min_length: None,
            placeholder: None,
            required: Some(self.required),
            style: if self.long { TextInputStyle::Paragraph } else { TextInputStyle::Short },
            value: self.value.filter(|text| !text.is_empty()),
        };
        Component::Label(Label {
            id: None,
            label: cut(self.label, 45),
            description: self.help.map(|help| cut(help, 100)),
            component: Box::new(Component::TextInput(input)),
        })
    }
}

/// A tick in a form, set already. `label` and `help` are cut as a [`TextField`]'s are.
pub fn tick(custom_id: &str, label: &str, help: &str) -> Component {
    let tick = Checkbox { custom_id: custom_id.to_owned(), default: Some(true), id: None };
    Component::Label(Label {
        id: None,
        label: cut(label, 45),
        description: Some(cut(help, 100)),
        component: Box::new(Component::Checkbox(tick)),
    })
}

/// The first `most` characters: Discord counts characters, not bytes.
pub fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Text as it was typed, not as Markdown, and without pings or channel links.
pub fn escaped(text: &str) -> String {
    escaped_to(text, usize::MAX)
}

/// As much of it as fits into `most` characters; no backslash is left without what it escapes.
pub fn escaped_to(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut length: usize = 0;
    for c in text.chars() {
        let is_mark = "\\*_`~|<>[]()#@".contains(c);
        length += 1 + usize::from(is_mark);
        if length > most {
            break;
        }
        if is_mark {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_cut_ends_with_a_whole_mark(text in "[a-zäß*_`\\\\ ]{0,40}", most in 0_usize..60) {
            let cut = escaped_to(&text, most);
            prop_assert!(cut.chars().count() <= most && escaped(&text).starts_with(&cut));
            let backslashes = cut.chars().rev().take_while(|c| *c == '\\').count();
            prop_assert!(backslashes % 2 == 0, "{}", cut);
            prop_assert!(cut.chars().count() + 2 > most || cut == escaped(&text), "no room is wasted");
        }
    }
}
