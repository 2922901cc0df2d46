"""The work of scenarios/scale/w1.json and w3.json on SimPy, as its guide writes it:
a process for each customer or client.

simpy_peer.py w1 CUSTOMERS | w3 CLIENTS; prints how many attempts were made.
"""

import random
import sys

import simpy

WORKERS, BACKLOG, PATIENCE, CLIENTS_PER_SERVER = 4, 512, 5.0, 10_000


def w1(customers):
    env = simpy.Environment()
    server = simpy.Resource(env, capacity=1)

    def customer():
        with server.request() as turn:
            yield turn
            yield env.timeout(random.expovariate(1000.0))

    def source():
        for _ in range(customers):
            yield env.timeout(random.expovariate(900.0))
            env.process(customer())

    env.process(source())
    env.run()
    return customers


def w3(clients):
    env = simpy.Environment()
    servers = [
        simpy.Resource(env, capacity=WORKERS) for _ in range(-(-clients // CLIENTS_PER_SERVER))
    ]
    attempts = 0

    def serve(server, done):
        with server.request() as turn:
            yield turn
            yield env.timeout(random.expovariate(200.0))
        done.succeed()

    def client():
        nonlocal attempts
        yield env.timeout(random.uniform(0.0, 10.0))
        retries = 0
        while True:
            server = servers[attempts % len(servers)]
            attempts += 1
            if len(server.queue) < BACKLOG:
                done = env.event()
                env.process(serve(server, done))
                patience = env.timeout(PATIENCE)
                if done in (yield done | patience):
                    return
            yield env.timeout(random.uniform(0.0, min(30.0, 2.0**retries)))
            retries += 1

    for _ in range(clients):
        env.process(client())
    env.run()
    return attempts


if __name__ == "__main__":
    random.seed(1)
    print({"w1": w1, "w3": w3}[sys.argv[1]](int(sys.argv[2])))
