"""A cable between two TAP devices of this network namespace, which delays what goes over it: `delay.py NAME OTHER`.

It says `ready` once the devices are there, then takes lines of JSON, each of which sets how it is from then on, both ways:
`delay` is [least, most] in milliseconds; `every` says after how many of them another delay between the two is drawn;
`stall` lets nothing through for so many milliseconds, once. It answers each by `ok`, and ends with its input. Packets stay in order, as in a router whose queue grows and drains.
"""

import collections
import fcntl
import json
import os
import random
import select
import struct
import sys
import time

TUNSETIFF = 0x400454CA
IFF_TAP = 0x0002
IFF_NO_PI = 0x1000
FRAME = 65536
# Packets under way each way; a second of 20 Mbit/s is 1,700 of them.
QUEUE = 20_000


def open_tap(name):
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TAP | IFF_NO_PI))
    return device


class Cable:
    def __init__(self, devices):
        self.devices = devices
        self.other = {devices[0]: devices[1], devices[1]: devices[0]}
        self.under_way = {device: collections.deque() for device in devices}
        self.delay, self.every, self.stalled = [0, 0], 500, 0
        self.drawn, self.draw_at = 0, 0

    def set(self, delay=None, every=None, stall=0):
        self.delay = self.delay if delay is None else delay
        self.every = self.every if every is None else every
        self.stalled, self.draw_at = time.monotonic() + stall / 1000, 0

    def take(self, device):
        now, queue = time.monotonic(), self.under_way[self.other[device]]
        if now >= self.draw_at:
            self.drawn, self.draw_at = random.uniform(*self.delay) / 1000, now + self.every / 1000
        try:
            while True:
                frame = os.read(device, FRAME)
                if len(queue) < QUEUE:
                    queue.append((now + self.drawn, frame))
        except BlockingIOError:
            pass

    def give(self):
        """Lets through what is due; returns the seconds until the next is, None where nothing is under way."""
        wait, now = None, time.monotonic()
        for device, queue in self.under_way.items():
            while queue and max(queue[0][0], self.stalled) <= now:
                try:
                    os.write(device, queue.popleft()[1])
                except OSError:
                    pass  # The device is down, or its queue is full: that packet is lost.
            if queue:
                due = max(queue[0][0], self.stalled) - now
                wait = due if wait is None else min(wait, due)
        return wait


def main():
    try:
        os.nice(-10)  # A cable is not slower where the machine has much to do.
    except OSError:
        pass
    cable = Cable([open_tap(name) for name in sys.argv[1:3]])
    print("ready", flush=True)
    while True:
        readable, _, _ = select.select([sys.stdin, *cable.devices], [], [], cable.give())
        for device in readable:
            if device is not sys.stdin:
                cable.take(device)
                continue
            line = os.read(0, FRAME)
            if not line:
                return
            cable.set(**json.loads(line))
            print("ok", flush=True)


main()
