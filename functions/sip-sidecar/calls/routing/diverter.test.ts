import { describe, expect, test } from 'vitest';
import { header, textHeader } from '#sip/header-kinds.ts';
import { Field, Headers } from '#sip/headers.ts';
import { printUri } from '#sip/uri.ts';
import { divertingUri } from './diverter.ts';

/** Who diverted a call whose INVITE has these headers, one per line. */
function diverting(...lines: readonly string[]): string | undefined {
  const uri = divertingUri(
    new Headers(
      lines.map((line) => {
        const [name = '', ...value] = line.split(': ');
        return new Field(name, name.toLowerCase(), value.join(': '));
      }),
    ),
  );
  return uri && printUri(uri);
}

test('no header says that no one diverted the call', () => {
  expect(diverting()).toBeUndefined();
});

describe('Diversion', () => {
  test('names the last one first (RFC 5806)', () => {
    const fields = ['Diversion: <sip:+46890510@x>;reason=user-busy, <sip:+46890511@x>', 'Diversion: <tel:+46890512>'];
    expect(diverting(...fields)).toBe('sip:+46890510@x');
  });

  test.each(['full', 'name', 'URI', '"full"'])('with privacy=%s names no one', (privacy) => {
    expect(diverting(`Diversion: <sip:+46890510@x>;privacy=${privacy}`)).toBeUndefined();
  });

  test('without privacy is as with privacy=off', () => {
    expect(diverting('Diversion: <sip:+46890510@x>;privacy=off')).toBe('sip:+46890510@x');
  });

  test('that is malformed names no one', () => {
    expect(diverting('Diversion: <sip:')).toBeUndefined();
  });
});

describe('History-Info', () => {
  const first = '<sip:+46890510@x>;index=1';
  const history = (...entries: readonly string[]) => `History-Info: ${entries.join(', ')}`;

  test('names the target from which the last diversion was made (RFC 7044, RFC 4458)', () => {
    const entries = [
      first,
      '<sip:+46890511@x;cause=302>;index=1.1;mp=1',
      '<sip:+46890512@x;cause=486>;index=1.1.1;mp=1.1',
    ];
    expect(diverting(history(...entries))).toBe('sip:+46890511@x;cause=302');
    expect(diverting(history(first, '<sip:y@x>;index=1.1', '<sip:z@x;cause=302>;index=1.2;mp=1'))).toBe(
      'sip:+46890510@x',
    );
    expect(diverting(history(first, '<sip:z@x;cause=302>;index=1.1'))).toBe('sip:+46890510@x');
  });

  test('of a call that was not diverted names no one', () => {
    expect(diverting(history(first, '<sip:+46890511@y>;index=1.1;rc=1'))).toBeUndefined();
    expect(diverting(history('<sip:+46890511@y;cause=302>;index=1'))).toBeUndefined();
  });

  test.each(['history', 'id;header', 'session'])('of an INVITE with Privacy: %s names no one', (privacy) => {
    const entries = history(first, '<sip:+46890511@x;cause=302>;index=1.1;mp=1');
    expect(diverting(entries, `Privacy: ${privacy}`)).toBeUndefined();
    expect(diverting(entries, 'Privacy: id')).toBe('sip:+46890510@x');
  });

  test('whose entry is private names no one', () => {
    const hidden = '<sip:+46890510@x?Privacy=history>;index=1';
    expect(diverting(history(hidden, '<sip:+46890511@x;cause=302>;index=1.1;mp=1'))).toBeUndefined();
  });

  test('counts without Diversion only', () => {
    const entries = history(first, '<sip:+46890511@x;cause=302>;index=1.1;mp=1');
    expect(diverting(entries, 'Diversion: <sip:+46890519@x>')).toBe('sip:+46890519@x');
  });
});

test('Privacy may be repeated by no one', () => {
  const twice = new Headers([Field.of(textHeader('Privacy'), 'id'), Field.of(textHeader('Privacy'), 'history')]);
  expect(
    divertingUri(new Headers([...twice, new Field('History-Info', header.historyInfo.key, '<sip:a@x>')])),
  ).toBeUndefined();
});
