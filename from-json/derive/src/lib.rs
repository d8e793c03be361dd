//! `#[derive(FromJson)]`: one call for each field. Of serde's attributes it knows `default`, `rename`, `rename_all`, `tag`,
//! `flatten` and `skip`, and ignores those that are about writing; any other is refused.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{
    Attribute, Data, DataEnum, DeriveInput, Error, Fields, GenericParam, LitStr, Result, parse_macro_input, parse_quote,
};

#[proc_macro_derive(FromJson, attributes(serde))]
pub fn from_json(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    implementation(input).unwrap_or_else(Error::into_compile_error).into()
}

fn implementation(mut input: DeriveInput) -> Result<TokenStream> {
    let how = How::of(&input.attrs)?;
    if how.default {
        return Err(Error::new_spanned(&input.ident, "FromJson knows `default` for single fields only"));
    }
    let body = match &input.data {
        Data::Struct(one) => {
            let inner = quote!(json);
            let made = made(&quote!(Self), &one.fields, &inner)?;
            if matches!(one.fields, Fields::Named(_)) {
                quote!(let fields = ::from_json::object(json)?; Ok(#made))
            } else {
                quote!(Ok(#made))
            }
        }
        Data::Enum(one) => variants(one, &how)?,
        Data::Union(_) => return Err(Error::new_spanned(&input.ident, "a union cannot be read from JSON")),
    };
    for parameter in &mut input.generics.params {
        if let GenericParam::Type(parameter) = parameter {
            parameter.bounds.push(parse_quote!(::from_json::FromJson));
        }
    }
    let name = &input.ident;
    let (generics, of, bounds) = input.generics.split_for_impl();
    Ok(quote! {
        impl #generics ::from_json::FromJson for #name #of #bounds {
            fn from_json(json: &::from_json::Value) -> ::core::result::Result<Self, ::from_json::Unfit> {
                #body
            }
        }
    })
}

fn variants(one: &DataEnum, how: &How) -> Result<TokenStream> {
    let inner = if how.tag.is_some() { quote!(json) } else { quote!(inner) };
    let mut arms = vec![];
    for variant in &one.variants {
        let ident = &variant.ident;
        let written = How::of(&variant.attrs)?.name(&cased(&ident.to_string(), how)?);
        let made = made(&quote!(Self::#ident), &variant.fields, &inner)?;
        arms.push(match (&variant.fields, &how.tag) {
            (Fields::Named(_), None) => quote!(#written => { let fields = ::from_json::object(inner)?; Ok(#made) }),
            _ => quote!(#written => Ok(#made)),
        });
    }
    let opened = match &how.tag {
        Some(tag) => quote!(let fields = ::from_json::object(json)?; let name = ::from_json::tag(fields, #tag)?;),
        None => quote!(let (name, inner) = ::from_json::variant(json)?;),
    };
    Ok(quote! {
        #[allow(unused_variables)]
        #opened
        match name { #(#arms,)* _ => Err(::from_json::UNKNOWN) }
    })
}

/// The struct or variant, its fields read from `fields`, or its only field from `inner`.
fn made(path: &TokenStream, fields: &Fields, inner: &TokenStream) -> Result<TokenStream> {
    match fields {
        Fields::Unit => Ok(path.clone()),
        Fields::Unnamed(one) if one.unnamed.len() == 1 => Ok(quote!(#path(::from_json::FromJson::from_json(#inner)?))),
        Fields::Unnamed(_) => Err(Error::new_spanned(fields, "several fields without names cannot be read")),
        Fields::Named(named) => {
            let mut values = vec![];
            for field in &named.named {
                let how = How::of(&field.attrs)?;
                let ident = &field.ident;
                let written = how.name(&ident.as_ref().map(ToString::to_string).unwrap_or_default());
                values.push(match &how {
                    How { skip: true, .. } => quote!(#ident: ::core::default::Default::default()),
                    How { flatten: true, .. } => quote!(#ident: ::from_json::FromJson::from_json(json)?),
                    How { default: true, .. } => quote!(#ident: ::from_json::field_or_default(fields, #written)?),
                    _ => quote!(#ident: ::from_json::field(fields, #written)?),
                });
            }
            Ok(quote!(#path { #(#values,)* }))
        }
    }
}

/// What the attributes say.
#[derive(Default)]
struct How {
    default: bool,
    flatten: bool,
    skip: bool,
    rename: Option<String>,
    rename_all: Option<LitStr>,
    tag: Option<String>,
}

impl How {
    fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut how = Self::default();
        for attribute in attributes.iter().filter(|one| one.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| {
                let name = meta.path.get_ident().map(ToString::to_string).unwrap_or_default();
                match name.as_str() {
                    "default" if meta.input.is_empty() || meta.input.peek(syn::Token![,]) => how.default = true,
                    "flatten" => how.flatten = true,
                    "skip" => how.skip = true,
                    "transparent" => {}
                    "rename" => how.rename = Some(meta.value()?.parse::<LitStr>()?.value()),
                    "rename_all" => how.rename_all = Some(meta.value()?.parse()?),
                    "tag" => how.tag = Some(meta.value()?.parse::<LitStr>()?.value()),
                    "skip_serializing_if" => drop(meta.value()?.parse::<LitStr>()?),
                    _ => return Err(meta.error("FromJson does not know this attribute")),
                }
                Ok(())
            })?;
        }
        Ok(how)
    }

    fn name(&self, otherwise: &str) -> String {
        self.rename.clone().unwrap_or_else(|| otherwise.to_owned())
    }
}

/// A variant's name as serde writes it.
fn cased(name: &str, how: &How) -> Result<String> {
    let Some(case) = &how.rename_all else { return Ok(name.to_owned()) };
    let snake = || -> String {
        let parts = name.char_indices().map(|(at, one)| {
            let gap = if at > 0 && one.is_uppercase() { "_" } else { "" };
            format!("{gap}{}", one.to_lowercase())
        });
        parts.collect()
    };
    match case.value().as_str() {
        "lowercase" => Ok(name.to_lowercase()),
        "UPPERCASE" => Ok(name.to_uppercase()),
        "snake_case" => Ok(snake()),
        "SCREAMING_SNAKE_CASE" => Ok(snake().to_uppercase()),
        _ => Err(Error::new_spanned(case, "FromJson does not know this case")),
    }
}
