import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { header } from '../header-kinds.ts';
import { Headers } from '../headers.ts';
import { Parameters } from '../parameters.ts';
import {
  raisedMin,
  refreshOfRequest,
  refreshOfResponse,
  refreshRejection,
  refreshRequest,
  refreshSeconds,
} from './refresh.ts';

type Shape = {
  readonly timer?: boolean;
  readonly seconds?: number;
  readonly refresher?: string;
  readonly min?: number;
};

function headersOf({ timer = false, seconds, refresher, min }: Shape): Headers {
  const role = refresher === undefined ? Parameters.none : new Parameters([['refresher', refresher]]);
  const base = timer ? Headers.none.append(header.supported, 'timer') : Headers.none;
  const expires = seconds === undefined ? base : base.append(header.sessionExpires, { seconds, parameters: role });
  return min === undefined
    ? expires
    : expires.append(header.minSessionExpires, { seconds: min, parameters: Parameters.none });
}

const shown = (headers: Headers): string => [...headers].map(({ name, value }) => `${name}: ${value}`).join('; ');

test('our INVITE asks for 300 s and accepts 90 s; a refresh keeps the roles', () => {
  expect(shown(refreshRequest(undefined))).toBe('Session-Expires: 300; Min-SE: 90');
  expect(shown(refreshRequest({ seconds: 600, refresher: 'us', isAgreed: true }))).toBe(
    'Session-Expires: 600;refresher=uac; Min-SE: 90',
  );
  expect(shown(refreshRequest({ seconds: 600, refresher: 'peer', isAgreed: true }, 900))).toBe(
    'Session-Expires: 900;refresher=uas; Min-SE: 900',
  );
});

describe('a 2xx of the peer (RFC 4028 §7.2)', () => {
  test.each([
    [
      { seconds: 600, refresher: 'uac' },
      { seconds: 600, refresher: 'us', isAgreed: true },
    ],
    [
      { seconds: 600, refresher: 'uas' },
      { seconds: 600, refresher: 'peer', isAgreed: true },
    ],
    [
      { seconds: 1, refresher: 'uac' },
      { seconds: 90, refresher: 'us', isAgreed: true },
    ],
    [{}, { seconds: 300, refresher: 'us', isAgreed: false }],
  ])('%o settles %o', (shape, refresh) => {
    expect(refreshOfResponse(headersOf(shape))).toEqual(refresh);
  });
});

describe('a request of the peer (RFC 4028 §9)', () => {
  test.each([
    [{ timer: true, seconds: 240, refresher: 'uac' }, 'peer', 'Session-Expires: 240;refresher=uac; Require: timer'],
    [{ timer: true, seconds: 240, refresher: 'uas' }, 'us', 'Session-Expires: 240;refresher=uas'],
    [{ timer: true, seconds: 240 }, 'us', 'Session-Expires: 240;refresher=uas'],
    [{ timer: true }, 'us', 'Session-Expires: 300;refresher=uas'],
    [{ timer: true, seconds: 9_000 }, 'us', 'Session-Expires: 300;refresher=uas'],
    [{ timer: true, seconds: 9_000, min: 3_240 }, 'us', 'Session-Expires: 3240;refresher=uas'],
    [{ seconds: 240, refresher: 'uac' }, 'us', 'Session-Expires: 240;refresher=uas'],
    [{}, 'us', ''],
  ] as const)('%o is refreshed by %s and answered with %s', (shape, refresher, answer) => {
    const { refresh, headers } = refreshOfRequest(headersOf(shape));
    expect([refresh.refresher, shown(headers), refresh.isAgreed]).toEqual([refresher, answer, answer !== '']);
  });

  test('with less than 90 s gets 422 with Min-SE, if it has session timers', () => {
    const rejection = refreshRejection(headersOf({ timer: true, seconds: 89 }));
    expect([rejection?.status, shown(rejection?.headers ?? Headers.none)]).toEqual([422, 'Min-SE: 90']);
    expect([
      refreshRejection(headersOf({ seconds: 10 })),
      refreshRejection(headersOf({ timer: true, seconds: 90 })),
      refreshRejection(headersOf({ timer: true })),
    ]).toEqual([undefined, undefined, undefined]);
  });
});

test('a 422 raises the interval to its Min-SE, up to a day', () => {
  expect([{ min: 600 }, { min: 1 }, { min: 86_401 }, {}].map((shape) => raisedMin(headersOf(shape)))).toEqual([
    600,
    90,
    undefined,
    undefined,
  ]);
});

test('whatever the peer says, a session is refreshed at most each 45 s, and at least once in 12 hours', () => {
  const seconds = fc.option(fc.nat(0xffffffff), { nil: undefined });
  const shape = fc.record({
    timer: fc.boolean(),
    seconds,
    min: seconds,
    refresher: fc.constantFrom('uac', 'uas', 'x'),
  });
  fc.assert(
    fc.property(shape, ({ seconds: wanted, min, ...rest }) => {
      const headers = headersOf({
        ...rest,
        ...(wanted === undefined ? {} : { seconds: wanted }),
        ...(min === undefined ? {} : { min }),
      });
      for (const refresh of [refreshOfRequest(headers).refresh, refreshOfResponse(headers)]) {
        expect(refresh.seconds).toBeGreaterThanOrEqual(refreshSeconds.min);
        expect(refresh.seconds).toBeLessThanOrEqual(refreshSeconds.max);
      }
    }),
  );
});
