//! The kinds of diagnostics, each with a long explanation.

use std::fmt;

macro_rules! codes {
    ($($variant:ident $name:literal $explanation:literal)+) => {
        /// The kind of a diagnostic. Its name is stable: scripts may rely on it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Code {
            $(#[doc = $explanation] $variant,)+
        }

        impl Code {
            /// All kinds, in the order in which a scenario meets them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name people see: `unknown-field`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// What it means and what to do, in a paragraph: the text of `ringstorm explain`.
            pub const fn explanation(self) -> &'static str {
                match self { $(Self::$variant => $explanation,)+ }
            }
        }
    };
}

codes! {
    CannotRead "cannot-read"
    "A file could not be opened or read: the scenario itself, or a file that it names. Files named inside a scenario are \
     looked up relative to the scenario's own folder, not to the working directory."
    NotText "not-text"
    "A scenario is UTF-8 text without a byte order mark. Some editors on Windows save UTF-16, or put the bytes EF BB BF \
     in front; save the file as plain UTF-8."
    Syntax "syntax"
    "The file is not valid JSON. Scenarios are strict JSON, so that editors and the schema can help: no comments, no \
     trailing commas, names and texts in double quotes. Use the field `description` for remarks. Values may be nested \
     127 deep."
    DuplicateField "duplicate-field"
    "An object has the same field twice. JSON parsers would silently take one of them, so it is refused; remove one."
    UnknownField "unknown-field"
    "There is no such field in this object. Unknown fields are errors, so that a misspelt setting can never be ignored. \
     `ringstorm schema` prints the whole format; name it in `$schema` and an editor completes the names."
    MissingField "missing-field"
    "A field that has no default is missing. The fields with defaults, and the defaults, are in `ringstorm schema`."
    WrongType "wrong-type"
    "The value has another JSON type than the field: text where a number stands, a list where an object stands, and so \
     on. `null` is no value of any field: leave the field out instead. Counts are whole numbers without a decimal point."
    BadQuantity "bad-quantity"
    "The text is no duration, rate, share or size. Durations have a unit: `\"250ms\"`, `\"30s\"`, `\"5m\"`, `\"12h\"`, `\"2d\"` (also \
     `us` and `ns`); rates are per something: `\"200/s\"`, `\"30/m\"`. Quantities are finite and not negative."
    UnknownName "unknown-name"
    "The text must be one of a few names, and is none of them: a balance rule, a rebalance rule, an autoscaler, a reconnect preset, a \
     setting such as `\"reject\"`. `ringstorm policies` and `ringstorm presets` list what there is."
    ChooseOne "choose-one"
    "Exactly one of several fields must be there, because they exclude each other: an event has one verb, a distribution \
     one law, a reconnect rule one formula."
    OutOfRange "out-of-range"
    "The value has the right form but lies outside the range that makes sense. The message names the limit and the value \
     met."
    UnsafeName "unsafe-name"
    "The scenario's name becomes the name of the folder of its results, so it consists of 1 to 100 letters, digits, `-`, \
     `_` and `.`, and begins with a letter or a digit."
    DuplicateName "duplicate-name"
    "Two policies or two groups of clients have one name, or a list names a server twice. Names tell them apart in tables, charts and paths, so they are \
     unique."
    NoPolicies "no-policies"
    "A scenario compares policies, so it has at least one. `ringstorm policies` lists the rules that they are made of."
    UnknownGroup "unknown-group"
    "An event names a group of clients that the scenario does not have. A scenario whose `clients` are one object has one \
     group, named `clients`."
    UnknownZone "unknown-zone"
    "An event names a zone that is not in `servers.zones`. A scenario that gives no zones has one, named `a`."
    UnknownServer "unknown-server"
    "An event names a server that does not exist at that time. Servers are named s1, s2, ... in order of birth, those that \
     join later included; a server that was removed or crashed never comes back, and its name is not used again. After \
     an event that picks servers at random nobody can say which are left, so they cannot be named any more."
    TooFewServers "too-few-servers"
    "An event takes away more servers than there are at that time. Taking away the last one is allowed: every attempt \
     fails from then on."
    NothingToFail "nothing-to-fail"
    "An outage is of a part that the scenario does not have, so it would change nothing: of the gateway where no policy \
     places by one, of the session store where no `session_state` is `external`, of the login where there is none, of the \
     broker where there are no messages. One policy that has the part is enough."
    AfterTheEnd "after-the-end"
    "The event lies at or after the end of the run, so it would never happen; or so do all arrivals of a trace. Lengthen \
     `duration`, or move the event."
    BadDistribution "bad-distribution"
    "The parameters of a distribution contradict each other or lie outside its range: a maximum below the minimum, a shape \
     that is not positive, quantiles that fall."
    InfiniteMean "infinite-mean"
    "The clients connected at the start, and arrivals at the rate `\"steady\"`, need a presence with a finite, positive mean: a \
     steady state exists only then. A Pareto law has a finite mean only for a shape above 1."
    BadPolicy "bad-policy"
    "A parameter of a balance or rebalance rule is out of its range, or the two rules of a policy do not go together: \
     `moved` closes connections that are not on their key's owner, and only rules that hash a key have owners: `ring`, \
     `mod_hash` and the others that the help of the message names."
    TooLarge "too-large"
    "The scenario would need more memory than one run may take. Each run keeps every client that is present, the recorded \
     series, and a table of the servers. The message says how much it would be; fewer clients, a shorter `duration` or a \
     longer `sample_every` make it less. Or it would have more arrivals than a run could get through: a lower rate, or a \
     shorter `duration`, makes them fewer."
    BadTrace "bad-trace"
    "A file of arrivals or of samples does not have the expected form. A trace is CSV with a header: a column `at` \
     (seconds, or a duration with a unit), and optionally `key` (text) and `presence` (as `at`). A file of samples has \
     the column `value`. Either has one row at least."
    BadPath "bad-path"
    "A path of `--set` or `sweep` leads nowhere. Paths name fields with dots and elements with brackets: \
     `clients.reconnect.exponential.cap`, `events[0].disconnect.fraction`, `policies[ring].balance.ring.virtual_nodes`; an element of \
     `policies` or `clients` may be given by its name. The last field may be new; all before it must exist."
    BadSet "bad-set"
    "`--set` takes `PATH=VALUE`, where VALUE is JSON, or else plain text: `--set clients.connected=1000`, \
     `--set clients.reconnect=phoenix`. A field that is swept has the values of the sweep at its points, so it cannot be \
     set; `--set sweep={}` leaves the sweep out."
    BadSweep "bad-sweep"
    "`sweep` maps paths to lists of values that differ; every combination is a point, at most 10,000 in all. What makes \
     the scenario itself (`name`, `seed`, `replications`, `budgets`, `policies` and groups by name) is the same at every \
     point. No swept field is a part of another: one would overwrite the value that the point is named by."
    BadFind "bad-find"
    "`find` looks for the value of a quantity at which a criterion turns: `{\"vary\": \"events[0].disconnect.fraction\", \
     \"between\": [0.0, 1.0], \"where\": {\"metric\": \"recovered\", \"falls_below\": 0.5}, \"precision\": 0.01}`. Both bounds and the \
     precision are written as the field is, the lower bound first. A scenario has `find` or `sweep`: a search at every \
     point of a sweep would be a table of searches; `--set PATH=VALUE` repeats one search elsewhere."
    UnknownPolicy "unknown-policy"
    "`--policy` or a budget names a policy that the scenario does not have. Names are compared exactly; quote those with \
     blanks."
    UnknownMetric "unknown-metric"
    "A budget, `find` or `replications` names a metric that does not exist. `ringstorm metrics` lists them with their units and directions."
}

impl Code {
    /// The kind of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }

    /// Whether the machine is at fault (a file that cannot be read) and not what it says.
    pub const fn is_input_output(self) -> bool {
        matches!(self, Self::CannotRead)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
