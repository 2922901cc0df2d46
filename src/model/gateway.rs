//! What a client and the gateway say to each other before an attempt goes to a server.

use super::accept::Token;
use super::attempt::{Course, back};
use super::client::Client;
use super::event::Event;
use super::simulation::Simulation;
use super::witness::Witness;
use crate::observe::Ended;
use crate::observe::log::{Fact, Obstacle};

impl<W: Witness> Simulation<'_, W> {
    /// The client's question reaches the gateway, after its SYN was lost `resends` times to an
    /// outage or a lost network.
    pub fn ask(&mut self, place: u32, attempt: u32, resends: u32, has_token: bool) {
        if has_token {
            self.leave_line();
        }
        let Some(mut client) = self.live(place, attempt) else { return };
        let start = back(self.now, self.to_gateway(place, &client));
        let course = Course { start, deadline: self.deadline(&client, start) };
        if !has_token {
            self.tell_client(place, &client, None, Fact::Asks);
        }
        if self.outages.gateway.outages > 0 || self.is_cut_off(&client) {
            // Who waits in line is connected to the gateway, and only misses its answer.
            let resends = (!has_token).then_some(resends);
            return self.ask_nobody(place, &mut client, resends, course);
        }
        if !has_token {
            match self.take_token(place, &client, course.deadline) {
                Token::Taken => {}
                Token::Later => return,
                Token::None(reply) => {
                    self.tell_client(place, &client, None, Fact::Refused(Obstacle::NoToken));
                    let heard = self.now.after(self.gateway_answer_takes(&client));
                    let how = Ended::Rejected;
                    return self.fail_hearing(place, &mut client, how, heard, course, reply);
                }
            }
        }
        let reach =
            self.now.after(self.gateway_answer_takes(&client)).after(self.request(&client, 0));
        if course.deadline < reach {
            return self.schedule_timeout(place, &client, course.deadline);
        }
        match self.choose(&client) {
            Some(backend) => {
                self.clients.set_server(place, backend.index() as u32);
                self.tell_client(place, &client, Some(backend.index() as u32), Fact::Named);
                let attempt = client.attempt;
                self.at(reach, Event::Reach { client: place, attempt, resends: 0 });
            }
            None => {
                self.tell_client(place, &client, None, Fact::Refused(Obstacle::NoServer));
                self.turned_away(place, &mut client, course);
            }
        }
    }

    /// The gateway is out of order, or the client's network is. `resends`: how often the SYN of
    /// the question was sent again before; `None` for one whose connection stands.
    fn ask_nobody(
        &mut self,
        place: u32,
        client: &mut Client,
        resends: Option<u32>,
        course: Course,
    ) {
        let is_cut_off = self.is_cut_off(client);
        if self.outages.gateway.is_silent() || is_cut_off {
            let why = if is_cut_off { Obstacle::Network } else { Obstacle::Gateway };
            self.tell_client(place, client, None, Fact::Lost(why));
            self.ask_again(place, client, resends, course);
        } else {
            self.tell_client(place, client, None, Fact::Refused(Obstacle::Gateway));
            self.turned_away(place, client, course);
        }
    }

    /// The SYN of a question was lost: the client's kernel sends it again.
    fn ask_again(&mut self, place: u32, client: &mut Client, resends: Option<u32>, course: Course) {
        let kernel = self.kernel(client);
        let number = self.lost_questions(client) + resends.unwrap_or(0);
        let next = resends.and_then(|_| kernel.sent(number + 1));
        let so_far = kernel.sent(number).unwrap_or_default();
        let wait = next.unwrap_or(kernel.gives_up()).saturating_sub(so_far);
        let time = self.now.after(wait);
        if time >= course.deadline {
            self.schedule_timeout(place, client, course.deadline);
        } else if next.is_none() {
            self.fail(place, client, Ended::TimedOut, time, course);
        } else {
            self.accept.hold_back(place, wait);
            self.tell_client(place, client, None, Fact::SendsAgain { arrives: time });
            let (attempt, resends) = (client.attempt, resends.unwrap_or(0) + 1);
            self.at(time, Event::AskAgain { client: place, attempt, resends });
        }
    }

    /// The gateway has no server for a client, and says so.
    fn turned_away(&mut self, place: u32, client: &mut Client, course: Course) {
        let heard = self.now.after(self.gateway_answer_takes(client));
        self.fail(place, client, Ended::Failed, heard, course);
    }
}
