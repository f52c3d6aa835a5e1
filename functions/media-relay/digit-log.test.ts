import { expect, test } from 'vitest';
import { DigitLine } from '../sip-sidecar/media/relay-control.ts';
import { DigitLog } from './digit-log.ts';

const nothing = { epoch: '', after: 0 };
const pressed = (digit: string) => ({ call: 'call_1', tag: 'a', digit });

/** Reads lines until there are so many digits. */
async function read(lines: AsyncGenerator<string>, many: number): Promise<string> {
  let digits = '';
  for (let line = await lines.next(); ; line = await lines.next()) {
    if (line.done === true) return digits;
    digits += DigitLine.parse(JSON.parse(line.value)).pressed?.digit ?? '';
    if (digits.length >= many) return digits;
  }
}

const log = (digits: string, at: () => number = () => 0): DigitLog => {
  const made = new DigitLog(at, 10);
  for (const digit of digits) made.add(pressed(digit));
  return made;
};

test('a reader gets the epoch first, then what was pressed before it came, and what is pressed then', async () => {
  const digits = log('12');
  const lines = digits.follow(nothing);
  expect((await lines.next()).value).toBe(`${JSON.stringify({ epoch: digits.epoch })}\n`);
  expect(await read(lines, 2)).toBe('12');
  digits.add(pressed('3'));
  expect(await read(lines, 1)).toBe('3');
  await lines.return(undefined);
});

test('a reader that comes again goes on after what it knows', async () => {
  const digits = log('12345');
  expect(await read(digits.follow({ epoch: digits.epoch, after: 3 }), 2)).toBe('45');
});

test('a reader that knows another process gets all that this one has', async () => {
  expect(await read(log('123').follow({ epoch: 'before', after: 2 }), 3)).toBe('123');
});

test('several readers get all digits', async () => {
  const digits = log('');
  const both = [digits.follow(nothing), digits.follow(nothing)].map((lines) => read(lines, 12));
  for (const digit of '123456789*0#') digits.add(pressed(digit));
  expect(await Promise.all(both)).toEqual(['123456789*0#', '123456789*0#']);
});

test('digits are forgotten after a minute, and the oldest of many are', async () => {
  let now = 0;
  const digits = log('12', () => now);
  now = 60_001;
  digits.add(pressed('3'));
  expect(await read(digits.follow(nothing), 1)).toBe('3');
  for (let many = 0; many < 10_000; many += 1) digits.add(pressed('4'));
  expect(await read(digits.follow(nothing), 10_000)).toBe('4'.repeat(10_000));
});

test('a line comes also while no digit is pressed', async () => {
  const lines = log('').follow(nothing);
  await lines.next();
  expect((await lines.next()).value).toBe('{}\n');
  await lines.return(undefined);
});

test('it has 64 readers at most, and those that go make place', async () => {
  const digits = log('');
  const readers = Array.from({ length: 64 }, () => digits.follow(nothing));
  await Promise.all(readers.map((lines) => lines.next()));
  expect(digits.isFull).toBe(true);
  await readers[0]?.return(undefined);
  expect(digits.isFull).toBe(false);
  digits.close();
  expect(await Promise.all(readers.slice(1).map((lines) => read(lines, 1)))).toEqual(Array(63).fill(''));
  expect(digits.isFull).toBe(false);
});
