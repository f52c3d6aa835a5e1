import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FeatureCodes, featureNames, featureOf, features, repeatedCodes } from './feature-codes.ts';

test.each([
  ['*65', { name: 'own_number', argument: null }],
  ['*8', { name: 'pick_up_group', argument: null }],
  ['**203', { name: 'pick_up', argument: '203' }],
  ['*72203', { name: 'forward_always', argument: '203' }],
  ['*72+46701234567', { name: 'forward_always', argument: '+46701234567' }],
  ['*72', { name: 'forward_always', argument: null }],
  ['*3203', { name: 'intercom', argument: '203' }],
  ['*85', { name: 'park', argument: null }],
  ['*85701', { name: 'park', argument: '701' }],
  [`*72${'1'.repeat(40)}`, { name: 'forward_always', argument: null }],
  [`**${'1'.repeat(40)}`, { name: 'pick_up', argument: null }],
])('%s asks for %j', (dialed, expected) => {
  expect(featureOf(dialed, {}, 'SE')).toEqual(expected);
});

test.each(['**', '*', '*6', '*857010000', '*650', '*72*3', '*31#203', '203', '', '8', 'x*65', '*65 '])(
  '%j is no code',
  (dialed) => {
    expect(featureOf(dialed, {}, 'SE')).toBeUndefined();
  },
);

test('an organization has its own codes, and none for what it disables', () => {
  const codes = FeatureCodes.parse({ own_number: '5555', do_not_disturb: null });
  expect(featureOf('5555', codes, 'SE')?.name).toBe('own_number');
  expect([featureOf('*65', codes, 'SE'), featureOf('*78', codes, 'SE')]).toEqual([undefined, undefined]);
});

test('an emergency number is called, whatever the codes are', () => {
  const codes = FeatureCodes.parse({ own_number: '112', forward_always: '11' });
  expect(featureOf('112', codes, 'SE')).toBeUndefined();
  expect(featureOf('113', codes, 'SE')?.name).toBe('forward_always');
});

test('the longest code counts', () => {
  const codes = FeatureCodes.parse({ forward_always: '*9' });
  expect(featureOf('*91', codes, 'SE')).toEqual({ name: 'forward_busy_off', argument: null });
  expect(featureOf('*94', codes, 'SE')).toEqual({ name: 'forward_always', argument: '4' });
});

test('two features with one code are found, and by default there are none', () => {
  expect(repeatedCodes({})).toEqual([]);
  expect(repeatedCodes({ echo_test: '*65' })).toEqual([['own_number', 'echo_test']]);
  expect(repeatedCodes({ echo_test: '*65', own_number: null })).toEqual([]);
});

test('codes are of 2 to 8 keys, and of known features', () => {
  const wrong = [{ echo_test: '*' }, { echo_test: '*43a' }, { echo_test: '*'.repeat(9) }, { tea: '*43' }];
  expect(wrong.map((each) => FeatureCodes.safeParse(each).success)).toEqual(wrong.map(() => false));
});

const code = fc.stringMatching(/^[*#0-9]{2,8}$/);
const codes = fc.dictionary(fc.constantFrom(...featureNames), fc.option(code), { maxKeys: 6 });

test('whatever the codes are, what is found begins with that of its feature, and its argument follows', () => {
  const dialed = fc.oneof(fc.stringMatching(/^[*#+0-9]{0,24}$/), code);
  fc.assert(
    fc.property(codes, dialed, (set, text) => {
      const found = featureOf(text, set, 'SE');
      if (found === undefined) return;
      const own = set[found.name] ?? features[found.name].code;
      expect([set[found.name] === null, text.startsWith(own)]).toEqual([false, true]);
      if (found.argument !== null) expect(own + found.argument).toBe(text);
    }),
  );
});
