//! The sentences of a frontier, and its data as CSV.

use super::spots::{Choice, Spot};
use crate::chart::captions;
use crate::chart::finding::{first_fitting, metric_differs, named};
use crate::chart::layout::Size;
use crate::chart::table::Table;
use crate::chart::words::{compact, from_to, ratio};
use crate::stats::Results;

/// `1 drop a client`, `1.6 drops a client`.
fn drops_each(mean: f64) -> String {
    let number = compact(mean);
    let plural = if number == "1" { "" } else { "s" };
    format!("{number} drop{plural} a client")
}

fn drops(spot: &Spot<'_>) -> String {
    compact(spot.dropped.0)
}

fn each(spot: &Spot<'_>) -> String {
    drops_each(spot.dropped.0)
}

fn busiest(spot: &Spot<'_>) -> String {
    ratio(spot.busiest.0)
}

/// Whether balance tells two points apart, in print and beyond noise.
fn differ_in_balance(a: &Spot<'_>, b: &Spot<'_>) -> bool {
    busiest(a) != busiest(b) && metric_differs(a.case, b.case, "imbalance")
}

/// Whether drops do.
fn differ_in_drops(a: &Spot<'_>, b: &Spot<'_>) -> bool {
    drops(a) != drops(b) && metric_differs(a.case, b.case, "dropped")
}

/// The finding: of one world, or what holds in all of them, or that of the world where most
/// is to be gained.
pub fn title(choices: &[Choice<'_>], size: Size) -> String {
    if let [only] = choices {
        return first_fitting(&titles(&only.spots), size);
    }
    let mut candidates = titles_of_all(choices);
    let gain = |choice: &Choice<'_>| {
        let live = live(&choice.spots);
        match distinct(&live).as_slice() {
            [calm, .., even] => calm.busiest.0 - even.busiest.0,
            _ => 0.0,
        }
    };
    // The first of those where as much is to be gained.
    let told = choices.iter().rev().max_by(|a, b| gain(a).total_cmp(&gain(b)));
    if let Some(choice) = told {
        candidates.extend(
            titles(&choice.spots).iter().map(|title| format!("{title} at {}", choice.world)),
        );
    }
    candidates.push("What evenness costs depends on the world".to_owned());
    first_fitting(&candidates, size)
}

/// What holds in every world, if anything does.
fn titles_of_all(choices: &[Choice<'_>]) -> Vec<String> {
    let everywhere = match choices.len() {
        2 => "in both worlds".to_owned(),
        many => format!("in all {many} worlds"),
    };
    let lives: Vec<Vec<&Spot<'_>>> = choices.iter().map(|choice| live(&choice.spots)).collect();
    if lives.iter().all(Vec::is_empty) {
        return vec!["No policy recovers in every run".to_owned()];
    }
    let bests: Vec<Vec<&Spot<'_>>> = lives.iter().map(|live| distinct(live)).collect();
    match bests[0].as_slice() {
        [one] => {
            let wins = |(live, best): (&Vec<&Spot<'_>>, &Vec<&Spot<'_>>)| {
                let [here] = best.as_slice() else { return false };
                *here.case.name == *one.case.name
                    && leads(here, live)
                    && live.iter().any(|spot| differ_in_balance(here, spot))
                    && live.iter().any(|spot| differ_in_drops(here, spot))
            };
            if !lives.iter().zip(&bests).all(wins) {
                return Vec::new();
            }
            named(&[&one.case.name], |n| {
                format!("{} is most even and drops least {everywhere}", n[0])
            })
        }
        [calm, .., even] => {
            let is_called =
                |spot: &Spot<'_>, as_that: &Spot<'_>| *spot.case.name == *as_that.case.name;
            let alike = |best: &Vec<&Spot<'_>>| match best.as_slice() {
                [first, .., last] => is_called(first, calm) && is_called(last, even),
                _ => false,
            };
            if !bests.iter().all(alike) {
                return Vec::new();
            }
            named(&[&even.case.name, &calm.case.name], |n| {
                format!("{} is more even, {} drops less {everywhere}", n[0], n[1])
            })
        }
        [] => Vec::new(),
    }
}

/// Those that always recover.
fn live<'s, 'a>(spots: &'s [Spot<'a>]) -> Vec<&'s Spot<'a>> {
    spots.iter().filter(|spot| spot.stuck.is_none()).collect()
}

/// The finding of a world: who is even at what price, or who is best in both.
fn titles(spots: &[Spot<'_>]) -> Vec<String> {
    let live = live(spots);
    let best = distinct(&live);
    match (live.as_slice(), best.as_slice()) {
        ([], _) => vec!["No policy recovers in every run".to_owned()],
        ([only], _) => {
            let (drops, busiest) = (each(only), busiest(only));
            named(&[&only.case.name], |n| {
                format!("Only {} always recovers: {drops}, busiest {busiest}", n[0])
            })
        }
        (_, [one]) => best_titles(one, &live, live.len() < spots.len()),
        (_, [calm, .., even]) => trade_titles(&best, calm, even),
        (_, []) => Vec::new(),
    }
}

/// The frontier from the fewest drops to the most even, without those that are no clearly
/// better buy than the one before.
fn distinct<'s, 'a>(live: &[&'s Spot<'a>]) -> Vec<&'s Spot<'a>> {
    let mut best: Vec<&Spot<'a>> = live.iter().copied().filter(|spot| spot.is_best()).collect();
    best.sort_by(|a, b| a.dropped.0.total_cmp(&b.dropped.0));
    let mut kept: Vec<&Spot<'a>> = Vec::new();
    for spot in best {
        match kept.last_mut() {
            Some(last) if !differ_in_balance(last, spot) => {}
            Some(last) if !differ_in_drops(last, spot) => *last = spot,
            _ => kept.push(spot),
        }
    }
    kept
}

/// Whether it is better than each of the others in something, clear of noise, and differs from
/// none in what noise hides.
fn leads(one: &Spot<'_>, live: &[&Spot<'_>]) -> bool {
    let is_behind = |spot: &&Spot<'_>| {
        let balance = differ_in_balance(one, spot);
        let calm = differ_in_drops(one, spot);
        (balance || busiest(one) == busiest(spot))
            && (calm || drops(one) == drops(spot))
            && (balance || calm)
    };
    prints_best(one, live) && live.iter().filter(|spot| !std::ptr::eq(**spot, one)).all(is_behind)
}

/// Whether nobody prints fewer drops than one of them, nor a more even balance: noise that hides
/// who drops less makes nobody the best.
fn prints_best(one: &Spot<'_>, live: &[&Spot<'_>]) -> bool {
    let least = |value: fn(&Spot<'_>) -> f64| {
        live.iter().map(|spot| value(spot)).fold(f64::INFINITY, f64::min)
    };
    drops(one) == compact(least(|spot| spot.dropped.0))
        && busiest(one) == ratio(least(|spot| spot.busiest.0))
}

/// Where one is enough: because nothing else is clearly better in anything.
fn best_titles(best: &Spot<'_>, live: &[&Spot<'_>], some_are_stuck: bool) -> Vec<String> {
    let by = |value: fn(&Spot<'_>) -> f64| {
        move |a: &&&Spot<'_>, b: &&&Spot<'_>| value(a).total_cmp(&value(b))
    };
    let (by_drops, by_busiest) = (by(|spot| spot.dropped.0), by(|spot| spot.busiest.0));
    let (Some(fewest), Some(most)) = (live.iter().min_by(by_drops), live.iter().max_by(by_drops))
    else {
        return Vec::new();
    };
    let (Some(even), Some(uneven)) =
        (live.iter().min_by(by_busiest), live.iter().max_by(by_busiest))
    else {
        return Vec::new();
    };
    let among = if some_are_stuck { " of those that recover" } else { "" };
    let titles = match (differ_in_balance(even, uneven), differ_in_drops(fewest, most)) {
        (false, true) => drops_titles(fewest, most, busiest(even) == busiest(uneven)),
        (false, false) => undecided_titles([even, uneven], [fewest, most]),
        (true, false) => busiest_titles(even, uneven, drops(fewest) == drops(most)),
        (true, true) => {
            if let Some(leader) = live.iter().find(|spot| prints_best(spot, live)) {
                return leader_titles(leader, live, among);
            }
            // From end to end there may be a price that noise hides step by step.
            if differ_in_balance(fewest, even) && differ_in_drops(fewest, even) {
                return trade_titles(&[fewest, even], fewest, even);
            }
            return unbeaten_titles(best, live, among);
        }
    };
    let whole = |title: String| match among.trim_start() {
        "" => title,
        among => format!("{among}, {title}"),
    };
    titles.into_iter().map(whole).collect()
}

/// Where one has the fewest drops and the most even balance: alone, with those that no clear
/// difference tells from it, or unbeaten where noise hides half of what others differ in.
fn leader_titles(leader: &Spot<'_>, live: &[&Spot<'_>], among: &str) -> Vec<String> {
    let others = || live.iter().filter(|spot| !std::ptr::eq(**spot, leader));
    let shares =
        |spot: &&&Spot<'_>| !differ_in_drops(leader, spot) && !differ_in_balance(leader, spot);
    let also: Vec<&Spot<'_>> = others().filter(shares).copied().collect();
    if also.is_empty() && !leads(leader, live) {
        return unbeaten_titles(leader, live, among);
    }
    let worst = |value: fn(&Spot<'_>) -> f64| {
        also.iter().map(|spot| value(spot)).fold(value(leader), f64::max)
    };
    let (most, uneven) = (worst(|spot| spot.dropped.0), worst(|spot| spot.busiest.0));
    let dearest = drops_each(most);
    let price =
        if each(leader) == dearest { dearest } else { format!("{} to {dearest}", drops(leader)) };
    let busiest = from_to(&compact(leader.busiest.0), &compact(uneven));
    let first = &leader.case.name;
    let (who, verb): (Vec<String>, &str) = match also.as_slice() {
        [] => (named(&[first], |n| n[0].clone()), "is best in both"),
        [other] => (
            named(&[first, &other.case.name], |n| format!("{} and {}", n[0], n[1])),
            "are best in both",
        ),
        more => {
            (named(&[first], |n| format!("{} and {} more", n[0], more.len())), "are best in both")
        }
    };
    let ends = [
        format!(": {price}, busiest {busiest} × the mean"),
        format!(": {price}, busiest {busiest} ×"),
        String::new(),
    ];
    let titles = ends.iter().flat_map(|end| who.iter().map(move |who| (who, end)));
    titles.map(|(who, end)| format!("{who} {verb}{among}{end}")).collect()
}

/// Where others print fewer drops or a more even balance, but not clear of noise.
fn unbeaten_titles(best: &Spot<'_>, live: &[&Spot<'_>], among: &str) -> Vec<String> {
    let beats = |spot: &&Spot<'_>| {
        (spot.dropped.0 < best.dropped.0 && differ_in_drops(spot, best))
            || (spot.busiest.0 < best.busiest.0 && differ_in_balance(spot, best))
    };
    let mut titles = Vec::new();
    if !live.iter().any(beats) {
        let (price, busiest) = (each(best), busiest(best));
        titles.extend(named(&[&best.case.name], |n| {
            format!("No policy{among} clearly beats {}: {price}, busiest {busiest}", n[0])
        }));
        titles.extend(named(&[&best.case.name], |n| {
            format!("No policy{among} clearly beats {}", n[0])
        }));
    }
    titles.push(format!("No policy{among} is best in both"));
    titles
}

/// Where only drops tell policies apart. That balance is alike is said of equal numbers alone:
/// of different ones noise may hide what they differ in.
fn drops_titles(fewest: &Spot<'_>, most: &Spot<'_>, equally_even: bool) -> Vec<String> {
    let balance =
        if equally_even { "balance is alike" } else { "no policy differs clearly in balance" };
    let (least, worst) = (drops(fewest), drops(most));
    let mut titles = named(&[&fewest.case.name, &most.case.name], |n| {
        format!("{balance}; drops a client: {least} ({}) to {worst} ({})", n[0], n[1])
    });
    titles.push(format!("{balance}; drops are {least} to {worst} a client"));
    titles
}

/// Where only balance does.
fn busiest_titles(even: &Spot<'_>, uneven: &Spot<'_>, equal_drops: bool) -> Vec<String> {
    let drops = if equal_drops { "drops are alike" } else { "no policy differs clearly in drops" };
    let (low, high) = (busiest(even), busiest(uneven));
    let mut titles = named(&[&even.case.name, &uneven.case.name], |n| {
        format!("{drops}; busiest {low} with {}, {high} with {}", n[0], n[1])
    });
    titles.extend(named(&[&even.case.name, &uneven.case.name], |n| {
        format!("{drops}; busiest {low} ({}), {high} ({})", n[0], n[1])
    }));
    titles.push(format!("{drops}; the busiest server has {low} to {high}"));
    titles
}

/// Where neither does.
fn undecided_titles([even, uneven]: [&Spot<'_>; 2], [fewest, most]: [&Spot<'_>; 2]) -> Vec<String> {
    let (low, high) = (compact(even.busiest.0), busiest(uneven));
    let (least, worst) = (drops(fewest), each(most));
    let (as_even, as_calm) = (busiest(even) == high, each(fewest) == worst);
    if as_even && as_calm {
        let alike = "balance and drops are alike";
        return vec![format!("{alike}: busiest {high}, {worst}"), alike.to_owned()];
    }
    let busiest = if as_even { high } else { format!("{low} to {high}") };
    let drops = if as_calm { worst } else { format!("{least} to {worst}") };
    vec![
        format!("no policy differs clearly: busiest {busiest}, {drops}"),
        "no policy differs clearly in balance or drops".to_owned(),
    ]
}

/// Where evenness has a price.
fn trade_titles(best: &[&Spot<'_>], calm: &Spot<'_>, even: &Spot<'_>) -> Vec<String> {
    let mut titles = Vec::new();
    let (from, to) = (busiest(calm), busiest(even));
    let points: Vec<(f64, f64)> =
        best.iter().map(|spot| (spot.dropped.0, spot.busiest.0)).collect();
    if let Some(knee) = knee(&points).map(|place| best[place]) {
        let (near, price) = (busiest(knee), each(knee));
        titles.extend(named(&[&knee.case.name, &even.case.name], |n| {
            format!(
                "{} evens load from {from} to {near} for {price}, {} to {to} for {}",
                n[0],
                n[1],
                drops(even)
            )
        }));
        titles.extend(named(&[&knee.case.name], |n| {
            format!("{} evens load from {from} to {near} for {price}", n[0])
        }));
    }
    let price = if calm.dropped.0 > 0.0 {
        format!("{} instead of {}", drops(even), each(calm))
    } else {
        each(even)
    };
    titles.extend(named(&[&even.case.name, &calm.case.name], |n| {
        format!("Busiest from {from} ({}) to {to} ({}) costs {price}", n[1], n[0])
    }));
    titles.extend(named(&[&even.case.name, &calm.case.name], |n| {
        format!("From {from} ({}) to {to} ({}) costs {price}", n[1], n[0])
    }));
    titles.extend(named(&[&even.case.name], |n| {
        format!("{} evens load from {from} to {to} for {price}", n[0])
    }));
    titles.push(format!("Evening load from {from} to {to} costs {price}"));
    titles
}

/// On the straight line between the ends of a frontier, cost and unevenness, each as a share
/// of its whole range, add up to 1. So far below it is a bargain.
const BARGAIN: f64 = 0.7;

/// Between both ends of a frontier the place that gets the most for the least, if it is a
/// bargain. Each is (drops, busiest), from the fewest drops to the most even.
fn knee(frontier: &[(f64, f64)]) -> Option<usize> {
    let [first, between @ .., last] = frontier else { return None };
    let paid = |(drops, busiest): (f64, f64)| {
        (drops - first.0) / (last.0 - first.0) + (busiest - last.1) / (first.1 - last.1)
    };
    let paid = between.iter().map(|spot| paid(*spot));
    let (place, sum) = paid.enumerate().min_by(|a, b| a.1.total_cmp(&b.1))?;
    (sum < BARGAIN).then_some(place + 1)
}

/// What is drawn, of what scenario, from the fullest to the shortest.
pub fn subtitles(
    results: &Results,
    choices: &[Choice<'_>],
    parameter: Option<&str>,
) -> Vec<String> {
    let cases = choices.iter().flat_map(|choice| &choice.spots).map(|spot| spot.case);
    let world = captions::shared_world(&cases.collect::<Vec<_>>());
    let runs = captions::runs(results);
    let each = match (choices.len(), parameter) {
        (1, _) => String::new(),
        (_, Some(parameter)) => format!(", a plot for each value of {parameter}"),
        (_, None) => ", a plot for each world".to_owned(),
    };
    let what = "Connections dropped ÷ clients at the start, against the busiest server";
    vec![
        format!("{what}{each}{world}, {runs}."),
        format!("{what}{each}, {runs}."),
        format!("Drops against balance{each}, {runs}."),
        format!("Drops against balance, {runs}."),
    ]
}

/// What the marks mean, from the fullest to the shortest.
pub fn footers(results: &Results, choices: &[Choice<'_>], shown: usize) -> Vec<String> {
    let crosses = if results.replications > 1 { "Crosses: 95% intervals of means. " } else { "" };
    let mut spots = choices.iter().flat_map(|choice| &choice.spots);
    let stuck = if spots.any(|spot| spot.stuck.is_some()) {
        "Struck through: does not always recover, and is not compared. "
    } else {
        ""
    };
    let line = match choices.len() {
        1 => "Line: the frontier, which nothing simulated beats in both.",
        _ => "Line: the frontier, which no choice in the same world beats in both.",
    };
    let omitted = match choices.len() - shown {
        0 => String::new(),
        _ => format!("{shown} of {} worlds are drawn. ", choices.len()),
    };
    vec![
        format!("{line} Hollow: beaten in both. {stuck}{omitted}{crosses}"),
        format!("Line: the frontier. Hollow: beaten in both. {stuck}{omitted}{crosses}"),
        format!("Hollow: beaten in both. {stuck}{omitted}"),
        format!("Hollow: beaten in both. {omitted}"),
    ]
}

/// The title and the numbers of the first points.
pub fn alt(title: &str, choices: &[Choice<'_>]) -> String {
    let told = choices.iter().flat_map(|choice| {
        choice.spots.iter().map(|spot| {
            let (drops, busiest) = (each(spot), busiest(spot));
            let stuck = captions::after_comma(spot.stuck.as_deref().unwrap_or_default());
            let world = captions::after_comma(choice.world);
            format!("{}{world}: {drops}, busiest {busiest}{stuck}", spot.case.name)
        })
    });
    captions::alt(title, told)
}

/// The points of all worlds, in the order of their points.
pub fn csv(choices: &[Choice<'_>]) -> String {
    let mut table = Table::new(&[
        "point",
        "policy",
        "kind",
        "drops_per_client",
        "drops_low",
        "drops_high",
        "imbalance",
        "imbalance_low",
        "imbalance_high",
    ]);
    let mut spots: Vec<&Spot<'_>> = choices.iter().flat_map(|choice| &choice.spots).collect();
    spots.sort_by_key(|spot| spot.case.index);
    for spot in spots {
        let kind = match (&spot.stuck, spot.dominated) {
            (Some(_), _) => "not_recovered",
            (None, true) => "dominated",
            (None, false) => "frontier",
        };
        table.key(spot.case, kind);
        for (mean, interval) in [spot.dropped, spot.busiest] {
            let [low, high] = interval.unwrap_or([f64::NAN; 2]);
            table.values([mean, low, high]);
        }
    }
    table.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_knee_is_a_bargain_between_both_ends() {
        let ends = [(0.0, 1.8), (1.0, 1.0)];
        let with = |spot| [ends[0], spot, ends[1]];
        assert_eq!(knee(&ends), None);
        assert_eq!(knee(&with((0.2, 1.02))), Some(1));
        assert_eq!(knee(&with((0.5, 1.4))), None, "on the line between");
        assert_eq!(knee(&with((0.98, 1.05))), None, "as dear as the end");
        assert_eq!(knee(&[ends[0], (0.2, 1.3), (0.3, 1.01), ends[1]]), Some(2));
    }
}
