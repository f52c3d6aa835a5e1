import { expect, test } from 'vitest';
import { eventually } from '#test/support/eventually.ts';
import { DigitFeed, type DigitPosition } from './digit-feed.ts';
import type { DigitRequest } from './relay-control.ts';

const at = { relay: 'one', call: 'call_1' } as const;

/** A relay whose connections a test writes to and ends. */
function relayOf() {
  const requests: DigitRequest[] = [];
  const faults: unknown[] = [];
  let now = 0;
  let connection: TransformStreamDefaultController<Uint8Array> | undefined;
  let isDown = false;
  const feed = new DigitFeed({
    now: () => now,
    fault: (error) => void faults.push(error),
    open: async (_relay, request, signal) => {
      requests.push(request);
      if (isDown) throw new Error('the relay is down');
      const pipe = new TransformStream<Uint8Array, Uint8Array>({ start: (of) => void (connection = of) });
      signal.addEventListener('abort', () => connection?.error(signal.reason));
      return pipe.readable;
    },
  });
  const send = (text: string): void => connection?.enqueue(Buffer.from(text));
  const line = (content: object): void => send(`${JSON.stringify(content)}\n`);
  const press = (first: number, digits: string, call: string = at.call): void => {
    for (const [offset, digit] of digits.split('').entries())
      line({ pressed: { sequence: first + offset, call, tag: 'a', digit } });
  };
  const connect = async (epoch = 'e1'): Promise<void> => {
    const before = requests.length;
    await eventually(() => {
      feed.follow(['one']);
      return requests.length > before;
    });
    line({ epoch });
  };
  return {
    feed,
    requests,
    faults,
    send,
    line,
    press,
    connect,
    end: () => connection?.terminate(),
    down: (yes: boolean) => void (isDown = yes),
    pass: (milliseconds: number) => void (now += milliseconds),
  };
}

/** The digits that a listener hears. */
function hear(feed: DigitFeed, after?: DigitPosition, call: string = at.call) {
  const heard: string[] = [];
  const stop = feed.listen({ ...at, call }, ({ digit }) => void heard.push(digit), after);
  return { digits: () => heard.join(''), stop };
}

test('a listener hears the digits of its call, and no others', async () => {
  const { feed, connect, press } = relayOf();
  await connect();
  const [one, two] = [hear(feed), hear(feed, undefined, 'call_2')];
  press(1, '12');
  press(3, '9', 'call_2');
  press(4, '3');
  await eventually(() => expect([one.digits(), two.digits()]).toEqual(['123', '9']));
  feed.close();
});

test('a connection that ends is opened again after the last digit, and no digit comes twice', async () => {
  const { feed, connect, press, end, requests } = relayOf();
  await connect();
  const { digits } = hear(feed);
  press(1, '123');
  await eventually(() => expect(digits()).toBe('123'));
  end();
  await connect();
  expect(requests.at(-1)).toEqual({ kind: 'digits', epoch: 'e1', after: 3 });
  press(2, '2345');
  await eventually(() => expect(digits()).toBe('12345'));
  feed.close();
});

test('the task that takes a call over hears what was pressed after the position of the other one', async () => {
  const [before, after] = [relayOf(), relayOf()];
  for (const { connect } of [before, after]) await connect();
  let position: DigitPosition | undefined;
  before.feed.listen(at, (digit) => void (position = digit.position));
  for (const { press } of [before, after]) press(1, '12');
  await eventually(() => expect(position?.sequence).toBe(2));
  after.press(3, '34');
  await eventually(() => expect(after.feed.position('one')?.sequence).toBe(4));
  const { digits } = hear(after.feed, position);
  after.press(5, '5');
  await eventually(() => expect(digits()).toBe('345'));
  for (const { feed } of [before, after]) feed.close();
});

test('a new task hears what was pressed before it was connected', async () => {
  const { feed, connect, press } = relayOf();
  const { digits } = hear(feed, { epoch: 'e1', sequence: 1 });
  await connect();
  press(1, '123');
  await eventually(() => expect(digits()).toBe('23'));
  feed.close();
});

test('without a position, digits of before are not heard', async () => {
  const { feed, connect, press } = relayOf();
  await connect();
  press(1, '12');
  await eventually(() => expect(feed.position('one')?.sequence).toBe(2));
  const { digits } = hear(feed);
  press(3, '3');
  await eventually(() => expect(digits()).toBe('3'));
  feed.close();
});

test('a relay that was restarted begins again', async () => {
  const { feed, connect, press, end } = relayOf();
  await connect();
  press(1, '12');
  await eventually(() => expect(feed.position('one')?.sequence).toBe(2));
  end();
  await connect('e2');
  await eventually(() => expect(feed.position('one')).toEqual({ epoch: 'e2', sequence: 0 }));
  const { digits } = hear(feed);
  press(1, '9');
  await eventually(() => expect(digits()).toBe('9'));
  feed.close();
});

test('one that has stopped hears nothing more', async () => {
  const { feed, connect, press } = relayOf();
  await connect();
  const [one, other] = [hear(feed), hear(feed, undefined, 'call_2')];
  one.stop();
  press(1, '1');
  press(2, '2', 'call_2');
  await eventually(() => expect(other.digits()).toBe('2'));
  expect(one.digits()).toBe('');
  feed.close();
});

test('a relay that is down is a fault once, until it has answered', async () => {
  const { feed, connect, down, faults, requests, end } = relayOf();
  down(true);
  await eventually(() => {
    feed.follow(['one']);
    return requests.length >= 3;
  });
  expect(faults).toHaveLength(1);
  down(false);
  await connect();
  await eventually(() => expect(feed.position('one')).toBeDefined());
  end();
  down(true);
  await eventually(() => {
    feed.follow(['one']);
    return faults.length === 2;
  });
  feed.close();
});

test.each(['{"pressed":{"sequence":0}}\n', 'no JSON\n', 'x'.repeat(4_097)])(
  'what is no line of a relay ends the connection',
  async (text) => {
    const { feed, connect, send, faults } = relayOf();
    await connect();
    send(text);
    await eventually(() => expect(faults).toHaveLength(1));
    feed.close();
  },
);

test('digits are remembered for a minute', async () => {
  const { feed, connect, press, pass } = relayOf();
  await connect();
  press(1, '12');
  await eventually(() => expect(feed.position('one')?.sequence).toBe(2));
  pass(60_001);
  press(3, '3');
  await eventually(() => expect(feed.position('one')?.sequence).toBe(3));
  expect(hear(feed, { epoch: 'e1', sequence: 0 }).digits()).toBe('3');
  feed.close();
});

test('a relay that is not followed any more is left', async () => {
  const { feed, connect, faults } = relayOf();
  await connect();
  await eventually(() => expect(feed.position('one')).toBeDefined());
  feed.follow([]);
  expect([feed.position('one'), faults]).toEqual([undefined, []]);
});
