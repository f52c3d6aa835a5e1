import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { framing, messageLimits } from './framing.ts';

const message = (body: string, head = ''): string =>
  `OPTIONS sip:a@b SIP/2.0\r\n${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const arrivalsOf = (...chunks: string[]) => {
  const frames = framing();
  return chunks.flatMap((chunk) => frames.take(Buffer.from(chunk)));
};
const bytesOf = (arrivals: ReturnType<typeof arrivalsOf>) =>
  arrivals.map((arrival) => (arrival.kind === 'message' ? arrival.bytes.toString() : arrival.kind));

test('a stream yields the same messages and keep-alives however it is divided into chunks', () => {
  const stream = `\r\n${message('v=0')}\r\n\r\n${message('')}${message('x'.repeat(500), 'l: 500\r\n')}\r\n\r\n`;
  const whole = bytesOf(arrivalsOf(stream));
  expect(whole).toEqual([
    message('v=0'),
    'keepalive',
    message(''),
    message('x'.repeat(500), 'l: 500\r\n'),
    'keepalive',
  ]);
  fc.assert(
    fc.property(fc.array(fc.nat(stream.length), { maxLength: 12 }), (cuts) => {
      const places = [0, ...cuts.toSorted((one, other) => one - other), stream.length];
      expect(bytesOf(arrivalsOf(...places.slice(1).map((end, at) => stream.slice(places[at], end))))).toEqual(whole);
    }),
  );
});

test('keep-alives in a row are one arrival', () => {
  expect(bytesOf(arrivalsOf(`${'\r\n\r\n'.repeat(1_000)}${message('v=0')}`))).toEqual(['keepalive', message('v=0')]);
});

test('a body that is too long is rejected before it is received', () => {
  const [rejection] = arrivalsOf(`MESSAGE sip:a@b SIP/2.0\r\nContent-Length: ${messageLimits.body + 1}\r\n\r\n`);
  expect(rejection).toMatchObject({ kind: 'rejected', code: 413 });
});

test('a header section that is too long is rejected before its end is received', () => {
  expect(arrivalsOf('x'.repeat(messageLimits.head), 'x')).toMatchObject([{ kind: 'rejected', code: 413 }]);
});

test.each([
  '',
  'Content-Length: x\r\n',
  'Content-Length: -1\r\n',
  'Content-Length: 1\r\nl: 2\r\n',
  'Content-Length: 9999999999\r\n',
])('a missing or contradictory Content-Length is rejected: %j', (head) => {
  expect(arrivalsOf(`OPTIONS sip:a@b SIP/2.0\r\n${head}\r\n`)).toMatchObject([{ kind: 'rejected', code: 400 }]);
});

test('after a rejection nothing more is returned', () => {
  expect(arrivalsOf('OPTIONS sip:a@b SIP/2.0\r\n\r\n', message(''))).toHaveLength(1);
});
