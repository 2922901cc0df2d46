//! Where policies tip over: the search by itself, against closed forms, and as a command.

mod command; // what people and scripts see, and that threads change nothing
mod oracles; // tipping points that are known without a search
mod search; // the bisection against a linear scan, and what is said of its results
mod support;
