//! How tables and lines look, by where they go.

use std::io::IsTerminal;

use anstyle::{AnsiColor, Style};
use comfy_table::{
    Cell, CellAlignment, ContentArrangement, LineStyle, Table, TableStyle,
};

/// What passed.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What failed.
pub const BAD: Style = AnsiColor::Red.on_default();
/// What is said beside the point.
pub const FAINT: Style = Style::new().dimmed();
/// What is to be seen first.
pub const STRONG: Style = Style::new().bold();

/// Nothing but a rule under the header.
const RULED: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// How a stream shows text.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Whether in colours.
    pub coloured: bool,
    /// How many columns there are, if that is known.
    width: Option<u16>,
}

impl Look {
    /// A terminal has colours, unless `NO_COLOR` is set (<https://no-color.org>) or it
    /// is too simple for them.
    pub fn of(stream: &(impl IsTerminal + std::os::fd::AsFd)) -> Self {
        if !stream.is_terminal() {
            return Self { coloured: false, width: None };
        }
        let refused =
            std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let simple = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let size = rustix::termios::tcgetwinsize(stream).ok();
        Self {
            coloured: !refused && !simple,
            width: size.map(|size| size.ws_col).filter(|&columns| columns > 0),
        }
    }

    /// No colours, and as wide as it needs to be.
    #[cfg(test)]
    pub fn plain() -> Self {
        Self { coloured: false, width: None }
    }

    pub fn paint(self, style: Style, text: &str) -> String {
        if self.coloured { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// A table with a line under its header, as wide as its columns need and the
    /// terminal allows. The columns whose header begins with a blank hold figures.
    pub fn table<const N: usize>(
        self,
        header: [&str; N],
        rows: impl IntoIterator<Item = [String; N]>,
    ) -> String {
        let mut table = Table::new();
        table.load_style(RULED).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(header.map(|name| Cell::new(name.trim_start())));
        table.add_rows(rows);
        if let Some(width) = self.width {
            table.set_width(width);
        }
        for (column, name) in table.column_iter_mut().zip(header) {
            if name.starts_with(' ') {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        self.colour_signs(&table.trim_fmt())
    }

    /// Signs get their colour when the table stands: an escape sequence in a cell would
    /// count as its width.
    fn colour_signs(self, text: &str) -> String {
        text.replace('✓', &self.paint(GOOD, "✓")).replace('✗', &self.paint(BAD, "✗"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_stand_to_the_right_and_lines_fit_the_terminal() {
        let row = |name: &str, figure: &str| [name.to_owned(), figure.to_owned()];
        let rows = || [row("apples", "7"), row("a very long name of a topic", "12")];
        let wide = Look::plain().table(["topic", " scenes"], rows());
        assert!(
            wide.lines()
                .any(|line| line.contains("apples") && line.ends_with("     7")),
            "{wide}"
        );
        let narrow = Look { coloured: false, width: Some(24) }
            .table(["topic", " scenes"], rows());
        assert!(narrow.lines().all(|line| line.chars().count() <= 24), "{narrow}");
    }

    #[test]
    fn colours_are_for_terminals() {
        assert_eq!(Look::plain().paint(BAD, "✗"), "✗");
        let coloured = Look { coloured: true, width: None };
        assert_eq!(coloured.paint(BAD, "✗"), "\x1b[31m✗\x1b[0m");
        assert!(
            coloured.table(["a"], [["✗ b".to_owned()]]).contains("\x1b[31m✗\x1b[0m b")
        );
    }
}
