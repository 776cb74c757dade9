// The one script of the staff pages. Each module hears events on the document, so it serves
// the parts that htmx swaps in as well as those the page came with; none keeps a state that
// the server does not hold.
import htmx from "htmx.org";
import "./board.js";
import "./calendar.js";
import "./combobox.js"; // before cells: the key that chooses an option is not the one that saves
import "./cells.js";
import "./confirm.js";
import "./dialogs.js";
import "./files.js";
import "./form_rules.js";
import "./forms.js";
import "./hotkeys.js";
import "./lists.js";
import "./mentions.js";
import "./neighbours.js";
import "./palette.js";
import "./popovers.js";
import "./rows.js";
import "./selection.js";
import "./several.js";
import "./sheets.js";
import "./theme.js";
import "./toasts.js";

// htmx would start on a timer; a key pressed before that would go past it.
htmx.initialize();
