//! How agencies lay out their results: templates that are kept beside the procedures, not in this crate.

use std::collections::BTreeMap;

use typst::syntax::Source;

use crate::papers::ResultPaper;
use crate::typeset::{self, Pdf, Template};
use crate::view::View;
use crate::{Error, Notice};

/// Bytes of one layout's text.
const LIMIT: usize = 64 << 10;

/// A layout of results: a Typst file that imports `/layout.typ` and writes an agency's own words around the lines of a decision.
///
/// It sees its paper's data and the house's templates, and nothing else: no other file, no package, no clock.
#[derive(Debug, Clone)]
pub struct Layout {
    name: String,
    source: Source,
}

impl Layout {
    /// Reads a layout. Its faults show, with their lines, when a paper is drawn by it.
    pub fn new(name: &str, text: String) -> Result<Self, Error> {
        let fault = |reason: String| Error::Template {
            template: name.to_owned(),
            reason,
        };
        if text.len() > LIMIT {
            return Err(fault(format!("it has more than {LIMIT} bytes")));
        }
        let path = format!("layouts/{name}.typ");
        let source = typeset::source(&path, text)
            .ok_or_else(|| fault("its name cannot be that of a file".to_owned()))?;
        Ok(Self {
            name: name.to_owned(),
            source,
        })
    }
}

/// All layouts of a catalogue by their names, read once.
#[derive(Debug, Clone, Default)]
pub struct Layouts(BTreeMap<String, Layout>);

impl FromIterator<Layout> for Layouts {
    fn from_iter<T: IntoIterator<Item = Layout>>(layouts: T) -> Self {
        let named = layouts.into_iter();
        Self(named.map(|layout| (layout.name.clone(), layout)).collect())
    }
}

impl Layouts {
    /// What the agency decided, drawn by the layout that the paper names.
    pub fn result(&self, result: &ResultPaper) -> Result<Pdf, Error> {
        self.draw(result, &result.view()?)
    }

    /// What a result would look like: with a mark across each page that it is none, and without a way to check it.
    pub fn preview(&self, result: &ResultPaper) -> Result<Pdf, Error> {
        self.draw(result, &result.view()?.previewed())
    }

    fn draw(&self, result: &ResultPaper, view: &View) -> Result<Pdf, Error> {
        let Some(name) = &result.layout else {
            return typeset::render(Template::Result, view);
        };
        let layout = self.0.get(name).ok_or_else(|| Error::Template {
            template: name.clone(),
            reason: "there is no such layout".to_owned(),
        })?;
        typeset::compile(&layout.source, name, view)
    }
}

/// What a notice would look like; as [`Layouts::preview`].
pub fn preview_notice(notice: &Notice) -> Result<Pdf, Error> {
    typeset::render(Template::Notice, &notice.view()?.previewed())
}
